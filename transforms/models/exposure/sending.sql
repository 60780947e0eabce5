-- exposure.sending: the sendings of every line that was sent more than once, and which of them counts
-- grain: exposure_number
-- The last, from the first day that any of them names (first_day). Most lines are sent once and are not
-- here: which are not is asked of a number alone.
WITH several AS (
    SELECT hash(facility, patient_key, kind, line_key) AS line_hash
    FROM exposure.left_over
    WHERE line_key IS NOT NULL AND says_what
    GROUP BY line_hash
    HAVING count(*) > 1
)

SELECT
    e.exposure_number,
    min(e.start_date) OVER sendings AS first_day,
    row_number() OVER (
        sendings ORDER BY
            e.is_stop AND e.record_key IS NULL ASC, e.sent_at DESC, e.end_date DESC NULLS LAST,
            e.start_date DESC NULLS LAST, source_of(e.exposure_number) ASC, e.exposure_number DESC
    ) = 1 AS is_last
FROM exposure.left_over AS e
SEMI JOIN several AS s ON hash(e.facility, e.patient_key, e.kind, e.line_key) = s.line_hash
WHERE e.line_key IS NOT NULL AND e.says_what
WINDOW sendings AS (PARTITION BY e.facility, e.patient_key, e.kind, e.line_key)
