-- cdm_source: what this database is and how far its data reach
-- grain: the one row there is
SELECT
    'Immunoglobulin results as igwatch published them' AS cdm_source_name,
    'igwatch' AS cdm_source_abbreviation,
    'the site that runs igwatch' AS cdm_holder,
    'Views over the live generation: immunoglobulin results, drugs, diagnoses and procedures'
        AS source_description,
    'docs/omop.md' AS source_documentation_reference,
    concat('igwatch run ', any_value(f.run_id)) AS cdm_etl_reference,
    max(f.data_to) AS source_release_date,
    max(f.as_of) AS cdm_release_date,
    any_value(v.term) AS cdm_version,
    any_value(v.concept_id) AS cdm_version_concept_id,
    concat('ids of ', max(c.version)) AS vocabulary_version
FROM source.facility AS f
INNER JOIN source.concept_term AS v ON v.means = 'model'
INNER JOIN source.concept_term AS c ON c.version IS NOT NULL AND c.means = 'analyte'
HAVING count(*) > 0
