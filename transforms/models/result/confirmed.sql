-- result.confirmed: provisional results that became final without being sent again
-- grain: result_number
-- HL7 table 0085, U: the status of what was sent as preliminary is now final, and its value is not
-- repeated. So a U without a value confirms the provisional versions sent up to it.
WITH confirmation AS (
    SELECT
        o.facility,
        p.person_number,
        d.analyte,
        d.series,
        o.observation_sub_id,
        o.collected_at::DATE AS collected_on,
        o.message_at_utc,
        o.message_at_span_seconds,
        coalesce(o.filler_order_number, o.placer_order_number, o.specimen_id) AS number
    FROM raw.observation AS o
    INNER JOIN lookup.immunoglobulin_meaning AS d
        ON text_hash(o) = d.text_hash AND d.status = 'confirmed'
    INNER JOIN identity.identifier AS p
        ON o.patient_id = p.patient_id AND o.assigning_authority = p.assigning_authority
    WHERE o.observation_value IS NULL
)

SELECT DISTINCT result_number(f.source_number, o.position) AS result_number
FROM raw.observation AS o
SEMI JOIN confirmation AS n
    ON
        o.facility = n.facility
        AND coalesce(o.filler_order_number, o.placer_order_number, o.specimen_id) = n.number
INNER JOIN lookup.immunoglobulin_meaning AS d
    ON text_hash(o) = d.text_hash AND d.status = 'provisional'
INNER JOIN identity.identifier AS p
    ON o.patient_id = p.patient_id AND o.assigning_authority = p.assigning_authority
INNER JOIN lookup.source AS f ON o.facility = f.facility AND o.source_sha256 = f.source_sha256
INNER JOIN confirmation AS u
    ON
        o.facility = u.facility AND p.person_number = u.person_number
        AND d.analyte = u.analyte AND d.series = u.series
        AND coalesce(o.filler_order_number, o.placer_order_number, o.specimen_id) = u.number
        AND o.observation_sub_id IS NOT DISTINCT FROM u.observation_sub_id
        AND coalesce(o.collected_at::DATE = u.collected_on, TRUE)
        AND NOT is_later(o.message_at_utc, u.message_at_utc, u.message_at_span_seconds)
