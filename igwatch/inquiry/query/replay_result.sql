-- what differs in the results of one person: gone since, come since, or changed
-- grain: measurement_id
WITH earlier AS (FROM past.core.measurement WHERE patient_key IN ($key_then, $key_now)),

now AS (FROM live.core.measurement WHERE patient_key = $key_now),

cited AS (
    SELECT measurement_id
    FROM live.flag.evidence
    WHERE patient_key = $key_now AND rule_id = $rule_id
)

SELECT
    t.measurement_id IS NOT NULL AS was,
    n.measurement_id IS NOT NULL AS still,
    coalesce(n.analyte, t.analyte) AS analyte,
    coalesce(n.collected_at, t.collected_at)::DATE AS collected_on,
    concat_ws(' ', t.value_source_value, t.unit_source_value) AS value_then,
    concat_ws(' ', n.value_source_value, n.unit_source_value) AS value_now,
    s.superseded_by,
    n.measurement_id AS id_now,
    n.measurement_id IS NULL
    OR NOT EXISTS (FROM cited)
    OR n.measurement_id IN (FROM cited) AS is_cited
FROM earlier AS t
FULL JOIN now AS n ON t.measurement_id = n.measurement_id
LEFT JOIN live.core.superseded AS s ON t.measurement_id = s.measurement_id
WHERE
    n.measurement_id IS NULL
    OR t.measurement_id IS NULL
    OR n.value_source_value <> t.value_source_value
    OR n.class IS DISTINCT FROM t.class
ORDER BY collected_on, analyte
