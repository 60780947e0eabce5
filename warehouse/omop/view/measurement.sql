-- measurement: one usable immunoglobulin result, in g/L (IgE in k[IU]/L), beside what was sent
-- grain: measurement_id
-- The range is that of the tables in use at this age and sex: the lowest lower and the highest upper limit.
-- value_as_concept_id is the class: between two tables it is neither low nor normal, and empty.
SELECT
    m.row_number AS measurement_id,
    n.person_id,
    coalesce(a.concept_id, 0) AS measurement_concept_id,
    m.collected_at AS measurement_date,
    m.collected_at AS measurement_datetime,
    t.concept_id AS measurement_type_concept_id,
    o.concept_id AS operator_concept_id,
    coalesce(m.value_g_per_l, m.value_kiu_per_l) AS value_as_number,
    c.concept_id AS value_as_concept_id,
    u.concept_id AS unit_concept_id,
    m.lower_limit_min AS range_low,
    m.upper_limit_max AS range_high,
    min(m.row_number) OVER (
        PARTITION BY m.patient_key, m.collected_at::DATE
    ) AS visit_occurrence_id,
    coalesce(m.code, m.test_name) AS measurement_source_value,
    m.unit_source_value,
    m.value_source_value
FROM source.measurement AS m
INNER JOIN source.person AS n ON m.patient_key = n.patient_key
INNER JOIN source.concept_term AS t ON t.means = 'record' AND t.term = 'laboratory'
LEFT JOIN source.concept_term AS a
    ON a.means = 'analyte' AND m.analyte = a.term AND m.series = 'total'
LEFT JOIN source.concept_term AS o ON o.means = 'comparator' AND m.value_comparator = o.term
LEFT JOIN source.concept_term AS c ON c.means = 'class' AND m.class = c.term
LEFT JOIN source.concept_term AS u
    ON u.means = 'unit' AND u.term = CASE WHEN m.value_g_per_l IS NULL THEN 'k[IU]/L' ELSE 'g/L' END
