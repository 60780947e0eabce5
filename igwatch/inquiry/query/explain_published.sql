-- the flags of one person as they are published
-- grain: rule_id
SELECT
    rule_id,
    status,
    rule_version
FROM flag.patient_flag
WHERE patient_key = $patient_key
