-- mart.funnel: how many of the patients tested for IgM are left at each question, after Janssen 2018
-- grain: step
-- repeated says that another IgM was measured at least the minimum interval after the first low that
-- stood alone, so "persistent of repeated" is a rate among those who were tested again.
WITH first_low AS (
    SELECT s.patient_key, min(s.event_on) AS low_on
    FROM flag.step AS s
    WHERE s.rule_id = 'selective_igm_deficiency' AND s.event IN ('low', 'infant_low')
    GROUP BY s.patient_key
),

repeated AS (
    SELECT DISTINCT l.patient_key
    FROM first_low AS l
    INNER JOIN core.panel AS p ON l.patient_key = p.patient_key AND p.index_analyte = 'igm'
    WHERE p.collected_at::DATE >= l.low_on + (
        SELECT max(value)::INTEGER FROM knowledge.rule_parameter
        WHERE parameter = 'min_interval_days'
    )
),

flagged AS (
    SELECT patient_key, status FROM flag.patient_flag WHERE rule_id = 'selective_igm_deficiency'
),

patient AS (
    SELECT
        patient_key,
        bool_or(igm_class IN ('low', 'very_low')) AS is_low,
        bool_or(
            igm_class IN ('low', 'very_low')
            AND igg_class IN ('borderline_low', 'normal', 'borderline_high', 'high')
            AND iga_class IN ('borderline_low', 'normal', 'borderline_high', 'high')
        ) AS is_isolated
    FROM core.panel
    WHERE index_analyte = 'igm'
    GROUP BY patient_key
),

counted AS (
    SELECT
        count(*) AS tested_igm,
        count(*) FILTER (WHERE p.is_low) AS low_igm,
        count(*) FILTER (WHERE p.is_isolated) AS isolated,
        count(l.patient_key) AS no_secondary_cause,
        count(r.patient_key) AS repeated,
        count(*) FILTER (WHERE f.status IN ('persistent', 'definite_pattern')) AS persistent,
        count(*) FILTER (WHERE f.status = 'definite_pattern') AS definite
    FROM patient AS p
    LEFT JOIN first_low AS l ON p.patient_key = l.patient_key
    LEFT JOIN repeated AS r ON p.patient_key = r.patient_key
    LEFT JOIN flagged AS f ON p.patient_key = f.patient_key
),

step AS (
    SELECT unnest([
        {'step': 1, 'name': 'tested_igm', 'n': tested_igm},
        {'step': 2, 'name': 'low_igm', 'n': low_igm},
        {'step': 3, 'name': 'isolated', 'n': isolated},
        {'step': 4, 'name': 'no_secondary_cause', 'n': no_secondary_cause},
        {'step': 5, 'name': 'repeated', 'n': repeated},
        {'step': 6, 'name': 'persistent', 'n': persistent},
        {'step': 7, 'name': 'definite', 'n': definite}
    ], recursive := true)
    FROM counted
)

SELECT
    s.step,
    s.name,
    s.n::INTEGER AS n_patients,
    s.n / nullif(lag(s.n) OVER (ORDER BY s.step), 0) AS share_of_previous,
    s.n / nullif(max(s.n) OVER (), 0) AS share_of_tested,
    c.as_of
FROM step AS s
CROSS JOIN run.clock AS c
