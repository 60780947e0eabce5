-- what to order where a repeat of the patients in told.patient is due
-- grain: patient_key, rule_id, test
SELECT
    q.patient_key,
    q.rule_id,
    q.test,
    q.tube
FROM mart.request AS q
SEMI JOIN told.patient AS t ON q.patient_key = t.patient_key
ORDER BY q.patient_key, q.rule_id, q.sort_order, q.test
