-- results of a clinic's patients that the laboratory has since changed or taken back
-- grain: measurement_id
SELECT
    s.patient_key,
    s.analyte,
    s.collected_at,
    s.value_source_value,
    s.unit_source_value,
    s.reason_code,
    s.source_name,
    s.message_number,
    s.position
FROM core.superseded AS s
WHERE
    s.reason_code IN ('corrected', 'withdrawn', 'moved_to_another_patient')
    AND s.patient_key IN (SELECT patient_key FROM mart.cohort WHERE clinic IS NOT DISTINCT FROM $1)
ORDER BY s.patient_key, s.collected_at, s.measurement_id
