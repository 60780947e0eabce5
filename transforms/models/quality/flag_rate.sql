-- quality.flag_rate: flags that count or are urgent, per 1,000 patients tested for IgM
-- grain: facility, rule_id
-- Counted at the facility of the result that decided the state. The rate is that of the counts as shown;
-- a facility of few or no patients has no row. That there is one, its results tell.
WITH tested AS (
    SELECT
        facility,
        count(DISTINCT patient_key) AS n_tested
    FROM core.measurement
    WHERE analyte = 'igm' AND series = 'total'
    GROUP BY facility
),

flagged AS (
    SELECT
        f.facility,
        f.rule_id,
        count(*) AS n_flagged
    FROM flag.patient_flag AS f
    WHERE
        f.urgent OR f.status IN (
            'candidate', 'repeat_due', 'repeat_overdue', 'persistent', 'definite_pattern'
        )
    GROUP BY f.facility, f.rule_id
),

counted AS (
    SELECT
        t.facility,
        r.rule_id,
        t.n_tested,
        coalesce(f.n_flagged, 0) AS n_flagged
    FROM tested AS t
    CROSS JOIN knowledge.rule AS r
    LEFT JOIN flagged AS f ON t.facility = f.facility AND r.rule_id = f.rule_id
),

shown AS (
    SELECT
        facility,
        rule_id,
        shown_count_beyond(n_tested, 1) AS n_tested,
        shown_count(n_flagged) AS n_flagged
    FROM counted
)

SELECT
    *,
    round(1000 * n_flagged / n_tested, 1) AS per_1000
FROM shown
WHERE n_tested IS NOT NULL
