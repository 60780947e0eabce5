-- core.patient: one person after merges, with birth date and sex as last stated
-- grain: patient_key
-- view: identity.person without its number
SELECT
    p.patient_key,
    p.patient_id,
    p.assigning_authority,
    p.facility,
    p.birth_date,
    p.sex,
    coalesce(p.n_birth_dates, s.n_birth_dates) AS n_birth_dates,
    p.n_sexes
FROM identity.person AS p
LEFT JOIN identity.several_birth_dates AS s ON p.rowid = s.person_number
WHERE p.is_identity_accepted
