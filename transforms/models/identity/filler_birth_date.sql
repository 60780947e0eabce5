-- identity.filler_birth_date: identifiers of whom a filler was sent as birth date, which is left out
-- grain: facility, assigning_authority, patient_id
SELECT DISTINCT
    facility,
    assigning_authority,
    patient_id
FROM identity.demographic
WHERE is_birth_date_placeholder
