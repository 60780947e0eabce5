-- identity.identifier: every identifier that a result or a message may carry, and whose it is
-- grain: identifier_number
-- view: identity.person, and core.patient_alias for the identifiers that were merged into another
-- A person's own identifier has the person's number, a merged one a number below zero.
SELECT
    rowid::INTEGER AS identifier_number,
    assigning_authority,
    patient_id,
    rowid::INTEGER AS person_number,
    patient_key,
    birth_date,
    sex
FROM identity.person
UNION ALL
SELECT
    (-1 - a.rowid)::INTEGER AS identifier_number,
    a.assigning_authority,
    a.patient_id,
    p.rowid::INTEGER AS person_number,
    p.patient_key,
    p.birth_date,
    p.sex
FROM core.patient_alias AS a
INNER JOIN identity.person AS p
    ON
        a.surviving_assigning_authority = p.assigning_authority
        AND a.surviving_patient_id = p.patient_id
