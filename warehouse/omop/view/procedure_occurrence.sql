-- procedure_occurrence: one procedure of a person as sent
-- grain: procedure_occurrence_id
SELECT
    row_number AS procedure_occurrence_id,
    person_id,
    concept_id AS procedure_concept_id,
    start_date AS procedure_date,
    CASE WHEN end_date < start_date THEN start_date ELSE end_date END AS procedure_end_date,
    type_concept_id AS procedure_type_concept_id,
    source_value AS procedure_source_value,
    source_concept_id AS procedure_source_concept_id
FROM source.dated_exposure
WHERE kind = 'procedure'
