-- every repeat of the patients in told.patient that came due and is no longer waited for
-- grain: patient_key, rule_id, due_on
SELECT
    r.patient_key,
    r.rule_id,
    r.due_on,
    r.repeated_on,
    r.repeat_measurement_id,
    r.ended_by
FROM mart.repeat_time AS r
SEMI JOIN told.patient AS t ON r.patient_key = t.patient_key
WHERE r.ended_by <> 'clock'
ORDER BY r.patient_key, r.rule_id, r.due_on
