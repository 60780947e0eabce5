-- quality.waiting_share: what share of repeats, verdicts and urgent patients was done within so many days
-- grain: wait, rule_id, within_days
-- mart.waiting_share over everybody, as others may see it. n_done is the share by Kaplan and Meier of those
-- who were due, as a count. How many were due is told once, the same at every day: two ways of telling it
-- would tell, side by side, how many were done between two days. n_waiting is hidden where it would narrow
-- that. Clinics, ages and places that asked are not told here: what they leave of the whole is a few.
WITH shown AS (
    SELECT
        wait,
        rule_id,
        breakdown,
        group_name,
        within_days,
        shown_count(n_due)::INTEGER AS n_due,
        shown_count(round(share_done * n_due))::INTEGER AS n_done,
        shown_count(n_waiting)::INTEGER AS n_waiting
    FROM mart.waiting_share
    WHERE breakdown = 'all' AND share_done IS NOT NULL
)

SELECT
    s.wait,
    s.rule_id,
    s.breakdown,
    s.group_name,
    s.within_days,
    s.n_due,
    s.n_done,
    s.n_due - s.n_done AS n_not_done,
    if(
        max(s.n_done) OVER (PARTITION BY s.wait, s.rule_id) + s.n_waiting <= s.n_due,
        s.n_waiting,
        NULL
    ) AS n_waiting,
    round(s.n_done / s.n_due, 2) AS share_done,
    c.as_of
FROM shown AS s
CROSS JOIN run.clock AS c
WHERE s.n_done IS NOT NULL
