-- condition_occurrence: one diagnosis of a person as sent
-- grain: condition_occurrence_id
SELECT
    row_number AS condition_occurrence_id,
    person_id,
    concept_id AS condition_concept_id,
    start_date AS condition_start_date,
    CASE WHEN end_date < start_date THEN start_date ELSE end_date END AS condition_end_date,
    type_concept_id AS condition_type_concept_id,
    source_value AS condition_source_value,
    source_concept_id AS condition_source_concept_id
FROM source.dated_exposure
WHERE kind = 'diagnosis'
