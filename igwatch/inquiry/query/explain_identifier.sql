-- every person whom an identifier, also a retired one, names
-- grain: patient_key, assigning_authority
SELECT DISTINCT
    patient_key,
    assigning_authority
FROM core.patient
WHERE patient_id = $patient_id AND coalesce(assigning_authority = $authority, TRUE)
UNION
SELECT DISTINCT
    patient_key,
    assigning_authority
FROM core.patient_alias
WHERE patient_id = $patient_id AND coalesce(assigning_authority = $authority, TRUE)
