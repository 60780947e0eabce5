-- each result of one person that was corrected or withdrawn later
-- grain: one row per sending
SELECT
    collected_at::DATE AS collected_on,
    analyte,
    value_source_value AS value,
    unit_source_value AS unit,
    reason_code,
    superseded_at,
    superseded_by
FROM core.superseded
WHERE patient_key = $patient_key
ORDER BY collected_at, superseded_at
