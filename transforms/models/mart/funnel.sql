-- mart.funnel: how many of the patients tested for IgM are left at each question
-- grain: step
-- The questions are those of Janssen 2018. "repeated" asks whether IgM was measured again at least
-- the minimum interval after the first low that stood alone, so that the next share is a rate among
-- those who were tested again; "persistent" and "definite" are states at the clock of the run.
WITH first_low AS (
    SELECT
        patient_key,
        min(event_on) AS low_on
    FROM flag.step
    WHERE rule_id = 'selective_igm_deficiency' AND event IN ('low', 'infant_low')
    GROUP BY patient_key
),

interval_between AS (
    SELECT max(value)::INTEGER AS days
    FROM knowledge.rule_parameter
    WHERE parameter = 'min_interval_days'
),

repeated AS (
    SELECT DISTINCT l.patient_key
    FROM first_low AS l
    CROSS JOIN interval_between AS i
    INNER JOIN core.panel AS p ON l.patient_key = p.patient_key
    WHERE p.index_analyte = 'igm' AND p.collected_at::DATE >= l.low_on + i.days
),

flagged AS (
    SELECT
        patient_key,
        status
    FROM flag.patient_flag
    WHERE rule_id = 'selective_igm_deficiency'
),

tested AS (
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
        count(*) FILTER (WHERE t.is_low) AS low_igm,
        count(*) FILTER (WHERE t.is_isolated) AS isolated,
        count(l.patient_key) AS no_secondary_cause,
        count(r.patient_key) AS repeated,
        count(*) FILTER (WHERE f.status IN ('persistent', 'definite_pattern')) AS persistent,
        count(*) FILTER (WHERE f.status = 'definite_pattern') AS definite
    FROM tested AS t
    LEFT JOIN first_low AS l ON t.patient_key = l.patient_key
    LEFT JOIN repeated AS r ON t.patient_key = r.patient_key
    LEFT JOIN flagged AS f ON t.patient_key = f.patient_key
),

question AS (
    UNPIVOT counted ON COLUMNS(*) INTO NAME name VALUE n
),

asked AS (
    SELECT
        q.name,
        q.n,
        list_position(
            [
                'tested_igm', 'low_igm', 'isolated', 'no_secondary_cause',
                'repeated', 'persistent', 'definite'
            ],
            q.name
        ) AS step
    FROM question AS q
)

SELECT
    a.step::INTEGER AS step,
    a.name,
    a.n::INTEGER AS n_patients,
    a.n / nullif(lag(a.n) OVER (ORDER BY a.step), 0) AS share_of_previous,
    a.n / nullif(first_value(a.n) OVER (ORDER BY a.step), 0) AS share_of_tested,
    c.as_of
FROM asked AS a
CROSS JOIN run.clock AS c
