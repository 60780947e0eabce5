-- every change of state that was published about a clinic's patients
-- grain: patient_key, rule_id, as_of, to_status
SELECT DISTINCT
    t.patient_key,
    t.rule_id,
    t.as_of,
    t.from_status,
    t.to_status,
    t.status_reason,
    t.rule_version
FROM flag.transition AS t
WHERE t.patient_key IN (SELECT patient_key FROM mart.cohort WHERE clinic IS NOT DISTINCT FROM $1)
ORDER BY t.patient_key, t.as_of, t.rule_id, t.to_status
