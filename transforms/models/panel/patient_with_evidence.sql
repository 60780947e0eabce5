-- panel.patient_with_evidence: patients with any evidence under a rule, by the isotype that it follows
-- grain: person_number, index_analyte
-- Evidence is a result of a class that knowledge.rule names, one too early in life to be judged, or
-- immunoglobulin replacement, under which a normal result may say nothing (rules 9.4b).
WITH rule AS (
    SELECT
        r.rule_id,
        r.index_analyte,
        string_split(r.evidence_classes, '|') AS evidence_classes,
        coalesce(max(p.value), 0) AS assess_from_age_days
    FROM knowledge.rule AS r
    LEFT JOIN knowledge.rule_parameter AS p
        ON r.rule_id = p.rule_id AND p.parameter = 'assess_from_age_days'
    GROUP BY ALL
)

SELECT
    j.person_number,
    j.total_analyte AS index_analyte
FROM result.measured AS j
INNER JOIN rule AS r ON j.total_analyte = r.index_analyte
WHERE list_contains(r.evidence_classes, j.class) OR j.age_days < r.assess_from_age_days
UNION
SELECT
    p.rowid::INTEGER AS person_number,
    r.index_analyte
FROM core.exposure AS e
INNER JOIN identity.person AS p ON e.patient_key = p.patient_key
CROSS JOIN rule AS r
WHERE e.effect = 'immunoglobulin_replacement'
