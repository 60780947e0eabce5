-- the flags of a past night, built again
-- grain: patient_key, rule_id
SELECT *
FROM past.flag.patient_flag
ORDER BY rule_id, status, patient_id
