-- person: one person whose birth date is known; the model asks for the year
-- grain: person_id
SELECT
    n.person_id,
    coalesce(s.concept_id, 0) AS gender_concept_id,
    year(p.birth_date) AS year_of_birth,
    month(p.birth_date) AS month_of_birth,
    day(p.birth_date) AS day_of_birth,
    0 AS race_concept_id,
    0 AS ethnicity_concept_id,
    p.sex AS gender_source_value
FROM source.patient AS p
INNER JOIN source.person AS n ON p.patient_key = n.patient_key
LEFT JOIN source.concept_term AS s ON s.means = 'sex' AND p.sex = s.term
