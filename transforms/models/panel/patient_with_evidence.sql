-- panel.patient_with_evidence: patients with any evidence under a rule, by the isotype that it follows
-- grain: person_number, index_analyte
-- Evidence is a result of a class that knowledge.rule names, one too early in life to be judged, a class
-- of another isotype beside which even a borderline result speaks (evidence_beside), an isotype of an
-- adult above the alert line for a monoclonal protein, or immunoglobulin replacement, under which a
-- normal result may say nothing (rules 9.4b).
WITH rule AS (
    SELECT
        r.rule_id,
        r.index_analyte,
        string_split(r.evidence_classes, '|') AS evidence_classes,
        r.evidence_beside,
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
    j.person_number,
    r.index_analyte
FROM result.measured AS j
INNER JOIN rule AS r ON r.evidence_beside = j.total_analyte || ':' || j.class
UNION
SELECT
    j.person_number,
    r.index_analyte
FROM result.measured AS j
CROSS JOIN rule AS r
WHERE
    j.age_days >= parameter('*', 'adult_from_days')
    AND j.value_normalised >= CASE j.total_analyte
        WHEN 'igg' THEN parameter('*', 'alert_igg_above_g_per_l')
        WHEN 'iga' THEN parameter('*', 'alert_iga_above_g_per_l')
        WHEN 'igm' THEN parameter('*', 'alert_igm_above_g_per_l')
    END
UNION
SELECT
    p.rowid::INTEGER AS person_number,
    r.index_analyte
FROM core.exposure AS e
INNER JOIN identity.person AS p ON e.patient_key = p.patient_key
CROSS JOIN rule AS r
WHERE e.effect = 'immunoglobulin_replacement'
