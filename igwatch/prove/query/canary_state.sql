-- Where each canary stands under each rule, in their scratch home.
-- grain: facility, patient_id, rule_id
SELECT
    facility,
    patient_id,
    rule_id,
    status,
    n_counted,
    capped_by
FROM flag.patient_flag
ORDER BY facility, patient_id, rule_id
