-- who one person is
-- grain: one row
SELECT
    patient_id,
    assigning_authority,
    facility,
    sex,
    birth_date
FROM core.patient
WHERE patient_key = $patient_key
