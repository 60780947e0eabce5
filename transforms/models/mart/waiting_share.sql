-- mart.waiting_share: what share was done within so many days, and how many still wait
-- grain: wait, rule_id, breakdown, group_name, facility, within_days
-- The days are those of knowledge.waiting_horizon, read on mart.waiting_curve. share_done is NULL where
-- nobody was followed so long and not all were done. is_few: a share of so few says nothing.
WITH counted AS (
    SELECT
        wait,
        rule_id,
        breakdown,
        group_name,
        facility,
        max(days) AS longest,
        sum(n_done + n_left)::INTEGER AS n_due,
        sum(n_done)::INTEGER AS n_done,
        sum(n_waiting)::INTEGER AS n_waiting
    FROM mart.waiting_curve
    GROUP BY wait, rule_id, breakdown, group_name, facility
),

reached AS (
    SELECT
        c.wait,
        c.rule_id,
        c.breakdown,
        c.group_name,
        c.facility,
        h.within_days,
        c.n_due,
        c.n_done,
        c.n_waiting,
        c.longest,
        coalesce(max(k.share_done), 0) AS share_done
    FROM counted AS c
    INNER JOIN knowledge.waiting_horizon AS h ON c.wait = h.wait
    LEFT JOIN mart.waiting_curve AS k
        ON
            c.wait = k.wait AND c.rule_id = k.rule_id AND c.breakdown = k.breakdown
            AND c.group_name IS NOT DISTINCT FROM k.group_name
            AND c.facility IS NOT DISTINCT FROM k.facility AND h.within_days >= k.days
    GROUP BY ALL
)

SELECT
    r.wait,
    r.rule_id,
    r.breakdown,
    r.group_name,
    r.facility,
    r.within_days,
    r.n_due,
    r.n_done,
    r.n_waiting,
    if(r.longest >= r.within_days OR r.share_done = 1, r.share_done, NULL) AS share_done,
    r.n_due < threshold('share_min_results') AS is_few,
    c.as_of
FROM reached AS r
CROSS JOIN run.clock AS c
