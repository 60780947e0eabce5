-- flag.candidate_panel: all panels of every patient with any evidence, for the course to follow
-- grain: measurement_id
-- Evidence is an IgM or IgG that is not plainly normal, an IgM too early in life to be judged, or
-- immunoglobulin replacement, under which a normal IgG says nothing (rules 9.4b).
WITH assessable AS (
    SELECT max(value) AS from_age_days
    FROM knowledge.rule_parameter
    WHERE rule_id = 'selective_igm_deficiency' AND parameter = 'assess_from_age_days'
),

suspect AS (
    SELECT p.patient_key
    FROM core.panel AS p
    CROSS JOIN assessable AS a
    WHERE
        (p.index_analyte = 'igm' AND (
            p.igm_class IN (
                'very_low', 'low', 'borderline_low', 'censored_unresolved', 'not_classed'
            )
            OR p.age_days < a.from_age_days
        ))
        OR (p.index_analyte = 'igg' AND p.igg_class IN (
            'very_low', 'low', 'censored_unresolved', 'not_classed'
        ))
    UNION
    SELECT patient_key
    FROM core.exposure
    WHERE effect = 'immunoglobulin_replacement'
)

SELECT *
FROM core.panel
WHERE patient_key IN (SELECT patient_key FROM suspect)
