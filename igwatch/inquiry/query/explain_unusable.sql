-- each result of one person that counts for nothing, and why
-- grain: one row per result
SELECT
    collected_at::DATE AS collected_on,
    coalesce(analyte, test_name) AS test,
    value_source_value AS value,
    unit_source_value AS unit,
    reason,
    field_a || ': ' || statement_a || '; ' || field_b || ': ' || statement_b AS statements
FROM core.unusable
WHERE patient_key = $patient_key
ORDER BY collected_at
