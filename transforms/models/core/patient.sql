-- core.patient: one person after merges, with birth date and sex as last stated
-- grain: patient_key
-- view: core.person without its number
SELECT
    patient_key,
    patient_id,
    assigning_authority,
    facility,
    birth_date,
    sex,
    n_birth_dates,
    n_sexes
FROM core.person
WHERE is_believed
