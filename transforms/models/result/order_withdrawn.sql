-- result.order_withdrawn: results whose whole order was taken back, and when
-- grain: result_number
-- An order taken back (OBR-25 X, ORC-1 CA, OC, DC) withdraws what came under its number, the laboratory's
-- or the requester's, up to its own message, of its order code where both say one. Where an order gave
-- results on several days, only those of the day that the withdrawal names.
WITH withdrawal AS (
    SELECT
        o.*,
        p.person_number
    FROM raw.order_withdrawal AS o
    INNER JOIN identity.identifier AS p
        ON o.patient_id = p.patient_id AND o.assigning_authority = p.assigning_authority
),

ordered AS (
    SELECT
        i.result_number,
        i.text_number,
        i.person_number,
        i.specimen_id,
        i.collected_at,
        i.message_at_utc,
        i.placer_order_number,
        nullif(i.order_number, i.placer_order_number) AS filler_order_number
    FROM result.version AS i
    SEMI JOIN withdrawal AS w ON i.person_number = w.person_number
    WHERE i.reason_code IS DISTINCT FROM 'status_withdrawn'
),

met AS (
    SELECT
        i.result_number,
        w.message_at,
        w.message_at_utc,
        { 'facility': w.facility, 'source': w.source_sha256, 'position': w.position } AS withdrawal,
        coalesce(i.collected_at::DATE = w.collected_at::DATE, FALSE) AS is_of_its_day
    FROM ordered AS i
    INNER JOIN withdrawal AS w
        ON
            i.person_number = w.person_number
            AND (
                i.filler_order_number = w.filler_order_number
                OR (
                    i.placer_order_number = w.placer_order_number
                    AND coalesce(i.filler_order_number = w.filler_order_number, TRUE)
                )
            )
            AND NOT is_later(i.message_at_utc, w.message_at_utc, w.message_at_span_seconds)
            AND coalesce(i.specimen_id = w.specimen_id, TRUE)
    INNER JOIN lookup.result_meaning AS f
        ON
            i.text_number = f.text_number AND w.facility = f.facility
            AND coalesce(w.universal_service_identifier = f.universal_service_identifier, TRUE)
    QUALIFY is_of_its_day OR NOT bool_or(is_of_its_day) OVER (PARTITION BY withdrawal)
)

SELECT
    result_number,
    arg_min(message_at, coalesce(message_at_utc, 'infinity'::TIMESTAMP)) AS withdrawn_at
FROM met
GROUP BY result_number
