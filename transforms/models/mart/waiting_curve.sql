-- mart.waiting_curve: what share was done after so many days of waiting, by Kaplan and Meier
-- grain: wait, rule_id, breakdown, group_name, facility, days
-- A row for each day on which a wait of the group ended. Who is no longer followed leaves after those who
-- were done on the same day. breakdown: all, clinic, age_band, requester: the place that asked, of one feed,
-- where its facility shows it; never a person. 1 - share_done is the product over the days of the shares that
-- still waited (Kaplan and Meier 1958).
WITH wait AS (
    SELECT
        'repeat' AS wait,
        rule_id,
        clinic,
        age_band,
        facility,
        requested_from,
        days,
        is_done,
        ended_by = 'clock' AS is_waiting
    FROM mart.repeat_time
    UNION ALL BY NAME
    SELECT
        wait,
        rule_id,
        clinic,
        age_band,
        NULL AS facility,
        NULL AS requested_from,
        days,
        is_done,
        ended_by = 'clock' AS is_waiting
    FROM mart.answer_time
),

sorted AS (
    SELECT
        w.wait,
        w.rule_id,
        g.breakdown,
        g.group_name,
        g.facility,
        w.days,
        w.is_done,
        w.is_waiting
    FROM wait AS w
    CROSS JOIN LATERAL (
        VALUES
        ('all', NULL, NULL),
        ('clinic', w.clinic, NULL),
        ('age_band', w.age_band, NULL),
        ('requester', w.requested_from, w.facility)
    ) AS g (breakdown, group_name, facility)
    WHERE g.breakdown <> 'requester' OR g.group_name IS NOT NULL
),

ended AS (
    SELECT
        wait,
        rule_id,
        breakdown,
        group_name,
        facility,
        days,
        (count(*) FILTER (WHERE is_done))::INTEGER AS n_done,
        (count(*) FILTER (WHERE NOT is_done))::INTEGER AS n_left,
        (count(*) FILTER (WHERE is_waiting))::INTEGER AS n_waiting
    FROM sorted
    GROUP BY wait, rule_id, breakdown, group_name, facility, days
),

at_risk AS (
    SELECT
        *,
        (sum(n_done + n_left) OVER (
            PARTITION BY wait, rule_id, breakdown, group_name, facility ORDER BY days DESC
        ))::INTEGER AS n_at_risk
    FROM ended
)

SELECT
    a.wait,
    a.rule_id,
    a.breakdown,
    a.group_name,
    a.facility,
    a.days,
    a.n_at_risk,
    a.n_done,
    a.n_left,
    a.n_waiting,
    round(1 - product(1 - a.n_done / a.n_at_risk) OVER (
        PARTITION BY a.wait, a.rule_id, a.breakdown, a.group_name, a.facility ORDER BY a.days
    ), 12) AS share_done,
    c.as_of
FROM at_risk AS a
CROSS JOIN run.clock AS c
