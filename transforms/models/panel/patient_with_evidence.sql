-- panel.patient_with_evidence: patients with any evidence under a rule, by the isotype whose results the rule follows
-- grain: person_number, index_analyte
-- Evidence is an IgM or IgG that is not plainly normal, an IgM too early in life to be judged, or
-- immunoglobulin replacement, under which a normal IgG says nothing (rules 9.4b).
WITH assessable AS (
    SELECT max(value) AS from_age_days
    FROM knowledge.rule_parameter
    WHERE rule_id = 'selective_igm_deficiency' AND parameter = 'assess_from_age_days'
)

SELECT
    j.person_number,
    j.total_analyte AS index_analyte
FROM result.measured AS j
CROSS JOIN assessable AS a
WHERE
    (j.total_analyte IN ('igg', 'igm') AND j.class IN (
        'very_low', 'low', 'censored_unresolved', 'not_classed'
    ))
    OR (
        j.total_analyte = 'igm'
        AND (j.class = 'borderline_low' OR j.age_days < a.from_age_days)
    )
UNION
SELECT
    p.rowid::INTEGER AS person_number,
    x.index_analyte
FROM core.exposure AS e
INNER JOIN identity.person AS p ON e.patient_key = p.patient_key
CROSS JOIN (VALUES ('igg'), ('igm')) AS x (index_analyte)
WHERE e.effect = 'immunoglobulin_replacement'
