-- source.person: everybody who is in the model, which asks for a year of birth
-- grain: person_id
SELECT
    n.patient_key,
    n.person_id
FROM source.person_number AS n
SEMI JOIN (SELECT patient_key FROM source.patient WHERE birth_date IS NOT NULL) AS p
    ON n.patient_key = p.patient_key
