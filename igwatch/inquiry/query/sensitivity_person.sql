-- everyone by the identifier that the laboratory sends
-- grain: patient_key
SELECT
    patient_key,
    patient_id,
    assigning_authority
FROM core.patient
