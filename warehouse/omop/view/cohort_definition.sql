-- cohort_definition: igwatch's own cohorts, and the same as Circe expressions for other engines
-- grain: cohort_definition_id
SELECT
    cohort_definition_id,
    name AS cohort_definition_name,
    description AS cohort_definition_description,
    0 AS definition_type_concept_id,
    syntax AS cohort_definition_syntax,
    0 AS subject_concept_id
FROM source.cohort_rule
