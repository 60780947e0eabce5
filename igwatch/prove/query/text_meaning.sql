-- The texts that came with results, and what they mean as far as it is known without the value.
-- grain: text_number
-- As lookup.result_meaning, but asked of so few models that it takes a second.
WITH named AS (
    SELECT
        t.text_number,
        min(p.analyte) AS analyte
    FROM lookup.result_text AS t
    INNER JOIN knowledge.name_pattern AS p
        ON regexp_matches(lower(coalesce(t.observation_text, t.observation_identifier)), p.pattern)
    GROUP BY t.text_number
    HAVING count(DISTINCT p.analyte) = 1 AND NOT bool_or(p.is_exclusion)
)

SELECT
    t.text_number,
    t.text_hash,
    coalesce(if(d.reason_code = 'unmapped_code', n.analyte, d.analyte), '') AS analyte,
    (d.reason_code IS NULL AND d.series = 'total')
    OR (d.reason_code = 'unmapped_code' AND n.analyte IS NOT NULL) AS is_isotype,
    coalesce(u.unit_ucum, u.unit_ucum_default) AS unit_ucum,
    CASE
        WHEN t.observation_result_status IS NULL AND t.is_delimited THEN 'final'
        ELSE coalesce(r.meaning, 'unknown')
    END AS status,
    coalesce(NOT s.is_accepted, FALSE) AS is_no_blood
FROM lookup.result_text AS t
INNER JOIN lookup.code_decision AS d
    ON
        t.facility = d.facility
        AND t.observation_identifier IS NOT DISTINCT FROM d.observation_identifier
        AND t.coding_system IS NOT DISTINCT FROM d.coding_system
        AND t.observation_text IS NOT DISTINCT FROM d.observation_text
        AND t.alternate_identifier IS NOT DISTINCT FROM d.alternate_identifier
        AND t.alternate_text IS NOT DISTINCT FROM d.alternate_text
        AND t.alternate_coding_system IS NOT DISTINCT FROM d.alternate_coding_system
LEFT JOIN named AS n ON t.text_number = n.text_number
LEFT JOIN lookup.unit_meaning AS u
    ON
        t.facility = u.facility AND t.units IS NOT DISTINCT FROM u.units
        AND t.observation_identifier IS NOT DISTINCT FROM u.observation_identifier
LEFT JOIN knowledge.local_word AS w
    ON
        t.facility = w.facility AND w.topic = 'status'
        AND upper(trim(t.observation_result_status)) = w.as_sent
LEFT JOIN knowledge.result_status AS r
    ON upper(trim(coalesce(w.meaning, t.observation_result_status))) = r.status
LEFT JOIN knowledge.specimen AS s ON lower(trim(t.specimen_type)) = s.as_sent
