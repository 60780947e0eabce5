-- what to ask for where a clinic's patient waits for a repeat
-- grain: patient_key, rule_id, test
SELECT
    q.patient_key,
    q.rule_id,
    q.missing,
    q.test,
    q.tube
FROM mart.request AS q
WHERE q.patient_key IN (SELECT patient_key FROM mart.cohort WHERE clinic IS NOT DISTINCT FROM $1)
ORDER BY q.patient_key, q.sort_order, q.test, q.rule_id
