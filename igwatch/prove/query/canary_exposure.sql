-- The canaries whose drugs were read, in their scratch home.
-- grain: patient_id
SELECT DISTINCT patient_id
FROM raw.exposure
ORDER BY patient_id
