-- observation_period: from the first to the last day on which anything was recorded of a person
-- grain: observation_period_id
-- Nobody is said to be seen for longer: a feed does not tell who has moved away.
WITH recorded AS (
    SELECT patient_key, collected_at::DATE AS day FROM source.measurement
    UNION ALL
    SELECT patient_key, start_date AS day FROM source.dated_exposure
)

SELECT
    n.person_id AS observation_period_id,
    n.person_id,
    min(r.day) AS observation_period_start_date,
    max(r.day) AS observation_period_end_date,
    any_value(t.concept_id) AS period_type_concept_id
FROM recorded AS r
INNER JOIN source.person AS n ON r.patient_key = n.patient_key
INNER JOIN source.concept_term AS t ON t.means = 'record' AND t.term = 'hospital'
GROUP BY n.person_id
