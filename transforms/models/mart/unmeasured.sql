-- mart.unmeasured: who is on what asks for an immunoglobulin, and had no baseline or none for too long
-- grain: patient_key, facility, measuring_id
-- What is asked says mart.measuring. Empty until a facility signs a row of knowledge.measuring.
SELECT * EXCLUDE (is_missing)
FROM mart.measuring
WHERE is_missing
