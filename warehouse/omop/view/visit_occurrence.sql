-- visit_occurrence: a day on which a sample of a person was taken; no feed tells of a visit
-- grain: visit_occurrence_id
SELECT
    min(m.row_number) AS visit_occurrence_id,
    n.person_id,
    0 AS visit_concept_id,
    m.collected_at::DATE AS visit_start_date,
    m.collected_at::DATE AS visit_end_date,
    any_value(t.concept_id) AS visit_type_concept_id
FROM source.measurement AS m
INNER JOIN source.person AS n ON m.patient_key = n.patient_key
INNER JOIN source.concept_term AS t ON t.means = 'record' AND t.term = 'laboratory'
GROUP BY n.person_id, m.collected_at::DATE
