-- how many flags of a rebuild are not those that are published
-- grain: one row
WITH was_published AS (
    SELECT
        patient_key,
        rule_id,
        status,
        status_reason,
        n_counted,
        urgent,
        as_of
    FROM published.flag.patient_flag
),

again AS (
    SELECT
        patient_key,
        rule_id,
        status,
        status_reason,
        n_counted,
        urgent,
        as_of
    FROM flag.patient_flag
)

SELECT count(*) AS n
FROM (
    (FROM was_published EXCEPT FROM again)
    UNION ALL
    (FROM again EXCEPT FROM was_published)
)
