-- condition_occurrence: one diagnosis of a person as sent
-- grain: condition_occurrence_id
-- The source concept is the reviewed group that it belongs to, where what was sent is a cause of the rules:
-- what is only suspected has none. The standard concept is the site's for the code, else the ingredient's.
SELECT
    e.row_number AS condition_occurrence_id,
    n.person_id,
    coalesce(s.concept_id, i.concept_id, 0) AS condition_concept_id,
    e.start_date AS condition_start_date,
    CASE WHEN e.end_date < e.start_date THEN e.start_date ELSE e.end_date END AS condition_end_date,
    t.concept_id AS condition_type_concept_id,
    coalesce(e.code, e.name) AS condition_source_value,
    coalesce(g.concept_id, 0) AS condition_source_concept_id
FROM source.dated_exposure AS e
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
WHERE e.kind = 'diagnosis'
