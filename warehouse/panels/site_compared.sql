-- Sites: the same things of each, side by side, to see the one that stands out
-- A table. grain: facility
WITH loss AS (
    SELECT
        facility,
        run_id,
        sum(share) AS share_unusable
    FROM quality.unusable_reason
    GROUP BY facility, run_id
),

low AS (
    SELECT
        facility,
        run_id,
        sum(n_low) / nullif(sum(n_results) FILTER (WHERE n_low IS NOT NULL), 0) AS share_low_igm
    FROM quality.low_share
    WHERE analyte = 'igm'
    GROUP BY facility, run_id
),

rate AS (
    SELECT
        facility,
        run_id,
        any_value(n_tested) AS n_tested,
        string_agg(
            rule_id || ' ' || coalesce(per_1000::VARCHAR, 'hidden'), ', ' ORDER BY rule_id
        ) AS flags_per_1000
    FROM quality.flag_rate
    GROUP BY facility, run_id
)

SELECT
    f.facility,
    f.days_silent,
    r.n_tested,
    round(w.share_low_igm, 4) AS share_low_igm,
    round(l.share_unusable, 4) AS share_unusable,
    r.flags_per_1000,
    i.n_merges_refused,
    i.n_results_held
FROM quality.freshness AS f
LEFT JOIN loss AS l ON f.facility = l.facility AND f.run_id = l.run_id
LEFT JOIN low AS w ON f.facility = w.facility AND f.run_id = w.run_id
LEFT JOIN rate AS r ON f.facility = r.facility AND f.run_id = r.run_id
LEFT JOIN quality.identity AS i ON f.facility = i.facility AND f.run_id = i.run_id
ORDER BY f.facility
