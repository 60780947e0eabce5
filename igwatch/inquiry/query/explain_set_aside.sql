-- each drug, diagnosis, procedure and finding of one person that was sent and takes no effect, and why
-- grain: one row per exposure
SELECT
    facility,
    kind,
    code,
    code_system,
    name,
    start_date,
    end_date,
    reason_code AS why_nothing,
    unknown_statement
FROM core.exposure_set_aside
WHERE patient_key = $patient_key
ORDER BY start_date, source_sha256, position
