-- the steps of each rule that cite a result: whether it was counted, and why
-- grain: measurement_id, rule_id, event_number
SELECT
    e.patient_key,
    e.rule_id,
    e.event_number,
    e.is_counted,
    e.reason_code,
    e.reason,
    e.status_after,
    e.role,
    e.measurement_id,
    e.collected_at,
    e.quality_note
FROM flag.evidence AS e
WHERE e.patient_key IN (SELECT patient_key FROM mart.cohort WHERE clinic IS NOT DISTINCT FROM $1)
ORDER BY e.patient_key, e.rule_id, e.event_number, e.role, e.measurement_id
