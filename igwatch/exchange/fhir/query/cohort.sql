-- the patients whom a clinic's file is about: those of its report
-- grain: patient_key
SELECT DISTINCT patient_key
FROM mart.cohort
WHERE clinic IS NOT DISTINCT FROM $1
