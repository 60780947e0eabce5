-- every result that was sent in a month or in the one before: by whom, and where it ended
-- grain: facility, source_sha256, position
-- The month is that of the message. sender: MSH-4 as sent, where enough patients share it, else NULL; all of
-- a delimited file is NULL. not_published: withheld, withdrawn, or landed since the last night. Reads the
-- live tables, raw.*, ledger.source and feedback.asked.
WITH observation AS (
    SELECT
        o.facility,
        o.source_sha256,
        o.position,
        o.message_number,
        o.sending_facility,
        hash(o.patient_id, o.assigning_authority) AS patient,
        o.collected_at,
        o.message_at,
        o.message_at_utc,
        o.observation_identifier AS code,
        o.coding_system AS code_system,
        o.observation_text AS test_name,
        o.units,
        o.message_at < a.month AS is_before
    FROM raw.observation AS o
    INNER JOIN feedback.asked AS a
        ON o.message_at >= a.month_before AND o.message_at < a.month_after
    WHERE o.facility = coalesce(a.facility, o.facility)
),

sender AS (
    SELECT
        facility,
        sending_facility
    FROM observation
    GROUP BY facility, sending_facility
    HAVING
        count(DISTINCT patient) >= threshold('text_min_patients')
        AND count(*) >= threshold('text_min_results')
)

SELECT
    o.* EXCLUDE (sending_facility),
    n.sending_facility AS sender,
    CASE
        WHEN m.position IS NOT NULL THEN 'measured'
        WHEN u.position IS NOT NULL THEN 'unusable'
        WHEN v.position IS NOT NULL THEN 'superseded'
        WHEN l.source_sha256 IS NULL THEN 'not_published'
        ELSE 'not_immunoglobulin'
    END AS outcome,
    m.analyte,
    if(m.series = 'total', coalesce(m.value_g_per_l, m.value_kiu_per_l), NULL) AS value_normalised,
    u.reason_code,
    u.value_shape,
    u.field_a,
    u.statement_a,
    u.field_b,
    u.statement_b
FROM observation AS o
LEFT JOIN sender AS n
    ON o.facility = n.facility AND o.sending_facility = n.sending_facility
LEFT JOIN core.measurement AS m
    ON o.facility = m.facility AND o.source_sha256 = m.source_sha256 AND o.position = m.position
LEFT JOIN core.unusable AS u
    ON o.facility = u.facility AND o.source_sha256 = u.source_sha256 AND o.position = u.position
LEFT JOIN core.superseded AS v
    ON o.facility = v.facility AND o.source_sha256 = v.source_sha256 AND o.position = v.position
LEFT JOIN ledger.source AS l
    ON o.facility = l.facility AND o.source_sha256 = l.source_sha256
