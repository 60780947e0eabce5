-- results of a clinic's patients that count for nothing, and why
-- grain: measurement_id
SELECT
    u.patient_key,
    u.analyte,
    u.test_name,
    u.collected_at,
    u.value_source_value,
    u.unit_source_value,
    u.reason,
    u.statement_a,
    u.field_a,
    u.statement_b,
    u.field_b,
    u.source_name,
    u.message_number,
    u.position
FROM core.unusable AS u
WHERE u.patient_key IN (SELECT patient_key FROM mart.cohort WHERE clinic IS NOT DISTINCT FROM $1)
ORDER BY u.patient_key, u.collected_at, u.measurement_id
