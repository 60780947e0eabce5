-- quality.waiting_share: what share of repeats, verdicts and urgent patients was done within so many days
-- grain: wait, rule_id, breakdown, group_name, within_days
-- mart.waiting_share as others may see it. n_done is the share by Kaplan and Meier of those who were due, as
-- a count; it and the rest are shown as counts are, and the share is that of the two as shown. A group of
-- few on either side has no row; where those left out come to few, the next smallest is left out too. Who
-- requested is not told here at all: what a feed writes there may be anybody's name.
WITH part AS (
    SELECT
        *,
        round(share_done * n_due)::INTEGER AS n_by_then,
        n_due - n_by_then AS n_not_then
    FROM mart.waiting_share
    WHERE share_done IS NOT NULL AND breakdown <> 'requester'
),

ranked AS (
    SELECT
        *,
        coalesce(sum(n_by_then) OVER smaller, 0) AS n_by_then_before,
        coalesce(sum(n_not_then) OVER smaller, 0) AS n_not_then_before
    FROM part
    WINDOW
        smaller AS (
            PARTITION BY wait, rule_id, breakdown, within_days
            ORDER BY least(n_by_then, n_not_then), group_name
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
),

shown AS (
    SELECT
        *,
        shown_count(n_by_then)::INTEGER AS n_done_shown,
        shown_count(n_not_then)::INTEGER AS n_not_done_shown
    FROM ranked
    WHERE
        n_by_then_before + n_not_then_before = 0
        OR (
            shown_count(n_by_then_before) IS NOT NULL AND shown_count(n_not_then_before) IS NOT NULL
        )
)

SELECT
    s.wait,
    s.rule_id,
    s.breakdown,
    s.group_name,
    s.within_days,
    s.n_done_shown + s.n_not_done_shown AS n_due,
    s.n_done_shown AS n_done,
    s.n_not_done_shown AS n_not_done,
    shown_count(s.n_waiting)::INTEGER AS n_waiting,
    round(s.n_done_shown / (s.n_done_shown + s.n_not_done_shown), 2) AS share_done,
    c.as_of
FROM shown AS s
CROSS JOIN run.clock AS c
WHERE s.n_done_shown IS NOT NULL AND s.n_not_done_shown IS NOT NULL
