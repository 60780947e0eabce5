-- source.dated_exposure: one exposure with a day, of a person in the model, and its concepts
-- grain: row_number
-- drug_exposure, condition_occurrence and procedure_occurrence read it. The source concept is the reviewed
-- group that it belongs to, where what was sent is a cause of the rules: what is only suspected has none.
-- The standard concept is the site's for the code, else the ingredient's.
SELECT
    e.* REPLACE (coalesce(e.start_date, e.mentioned_on) AS start_date),
    n.person_id,
    coalesce(e.code, e.name) AS source_value,
    coalesce(s.concept_id, i.concept_id, 0) AS concept_id,
    coalesce(g.concept_id, 0) AS source_concept_id,
    t.concept_id AS type_concept_id
FROM source.exposure AS e
INNER JOIN source.person AS n ON e.patient_key = n.patient_key
INNER JOIN source.concept_term AS t ON t.means = 'record' AND t.term = 'hospital'
LEFT JOIN source.concept_term AS s
    ON s.means = 'code' AND s.term = concat(e.code_system, ':', e.code)
LEFT JOIN source.concept_term AS i ON i.means = 'exposure' AND e.exposure_id = i.term
LEFT JOIN source.exposure_group AS g
    ON
        e.exposure_group = g.exposure_group AND e.effect = g.effect
        AND e.lowers_igg = g.lowers_igg AND e.lowers_iga = g.lowers_iga
        AND e.lowers_igm = g.lowers_igm AND e.raises_igm = g.raises_igm
WHERE coalesce(e.start_date, e.mentioned_on) IS NOT NULL
