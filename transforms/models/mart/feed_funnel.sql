-- mart.feed_funnel: how many of a feed's patients are left at each question that mart.funnel asks
-- grain: facility, rule_id, step
-- Of the feed whose panel was the first that was low and alone, else low, else tested: each patient is of one
-- feed, so that the feeds add up to mart.funnel. Exact, for who has the home: igwatch funnel export hides.
-- The questions are those of Janssen 2018, asked of the rules that knowledge.funnel names. "repeated" asks
-- whether the isotype was measured again at least the minimum interval after the first low that stood
-- alone, so that the next share is a rate among those who were tested again; "persistent" and
-- "definite" are states at the clock of the run.
WITH first_low AS (
    SELECT
        rule_id,
        patient_key,
        min(event_on) AS low_on
    FROM flag.step
    WHERE event IN ('low', 'infant_low')
    GROUP BY rule_id, patient_key
),

interval_between AS (
    SELECT max(value)::INTEGER AS days
    FROM knowledge.rule_parameter
    WHERE parameter = 'min_interval_days'
),

asked AS (
    SELECT DISTINCT
        r.rule_id,
        r.index_analyte
    FROM knowledge.rule AS r
    INNER JOIN knowledge.funnel AS q ON r.rule_id = q.rule_id
),

not_low AS (
    SELECT ['borderline_low', 'normal', 'borderline_high', 'high'] AS classes
),

panel AS (
    SELECT
        r.rule_id,
        p.patient_key,
        p.facility,
        p.collected_at,
        CASE r.index_analyte
            WHEN 'igg' THEN p.igg_class
            WHEN 'iga' THEN p.iga_class
            WHEN 'igm' THEN p.igm_class
        END IN ('low', 'very_low') AS is_low,
        (r.index_analyte = 'igg' OR list_contains(n.classes, p.igg_class))
        AND (r.index_analyte = 'iga' OR list_contains(n.classes, p.iga_class))
        AND (r.index_analyte = 'igm' OR list_contains(n.classes, p.igm_class)) AS is_alone
    FROM core.panel AS p
    CROSS JOIN not_low AS n
    INNER JOIN asked AS r ON p.index_analyte = r.index_analyte
),

repeated AS (
    SELECT DISTINCT
        l.rule_id,
        l.patient_key
    FROM first_low AS l
    CROSS JOIN interval_between AS i
    INNER JOIN panel AS p ON l.rule_id = p.rule_id AND l.patient_key = p.patient_key
    WHERE p.collected_at::DATE >= l.low_on + i.days
),

tested AS (
    SELECT
        rule_id,
        patient_key,
        bool_or(is_low) AS is_low,
        bool_or(is_low AND is_alone) AS is_isolated,
        arg_min(
            facility,
            ((is_low AND is_alone) IS NOT TRUE, is_low IS NOT TRUE, collected_at, facility)
        ) AS facility
    FROM panel
    GROUP BY rule_id, patient_key
),

counted AS (
    SELECT
        t.facility,
        t.rule_id,
        count(*) AS tested,
        count(*) FILTER (WHERE t.is_low) AS low,
        count(*) FILTER (WHERE t.is_isolated) AS isolated,
        count(l.patient_key) AS no_secondary_cause,
        count(r.patient_key) AS repeated,
        count(*) FILTER (WHERE f.status IN ('persistent', 'definite_pattern')) AS persistent,
        count(*) FILTER (WHERE f.status = 'definite_pattern') AS definite
    FROM tested AS t
    LEFT JOIN first_low AS l ON t.rule_id = l.rule_id AND t.patient_key = l.patient_key
    LEFT JOIN repeated AS r ON t.rule_id = r.rule_id AND t.patient_key = r.patient_key
    LEFT JOIN flag.patient_flag AS f
        ON t.rule_id = f.rule_id AND t.patient_key = f.patient_key
    GROUP BY t.facility, t.rule_id
),

answered AS (
    UNPIVOT counted ON COLUMNS(* EXCLUDE (facility, rule_id)) INTO NAME question VALUE n
)

SELECT
    a.facility,
    k.reference_set,
    q.rule_id,
    q.step,
    q.name,
    a.n::INTEGER AS n_patients,
    c.as_of
FROM answered AS a
INNER JOIN knowledge.funnel AS q ON a.rule_id = q.rule_id AND a.question = q.question
LEFT JOIN knowledge.facility AS k ON a.facility = k.facility
CROSS JOIN run.clock AS c
