-- core.patient: one person after merges, with birth date and sex as last stated
-- grain: patient_key
-- view: identity.person without its number
-- Of whom only a year or a month of birth was sent, the first and the last day that it may be.
SELECT
    p.patient_key,
    p.patient_id,
    p.assigning_authority,
    p.facility,
    p.birth_date,
    b.born_from,
    b.born_to,
    p.sex,
    coalesce(p.n_birth_dates, s.n_birth_dates) AS n_birth_dates,
    p.n_sexes
FROM identity.person AS p
LEFT JOIN identity.several_birth_dates AS s ON p.rowid = s.person_number
LEFT JOIN identity.birth_period AS b ON p.rowid = b.person_number
WHERE p.is_identity_accepted
