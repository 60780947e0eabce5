-- drug_exposure: one drug of a person as sent
-- grain: drug_exposure_id
-- The end is the one that the rules take, else the last day on which the drug was mentioned.
SELECT
    row_number AS drug_exposure_id,
    person_id,
    concept_id AS drug_concept_id,
    start_date AS drug_exposure_start_date,
    greatest(coalesce(end_date, mentioned_on, start_date), start_date) AS drug_exposure_end_date,
    CASE WHEN end_known_by = 'stated' THEN end_date END AS verbatim_end_date,
    type_concept_id AS drug_type_concept_id,
    source_value AS drug_source_value,
    source_concept_id AS drug_source_concept_id
FROM source.dated_exposure
WHERE kind = 'medication'
