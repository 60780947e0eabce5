-- Follow-up: the share of repeats, verdicts and urgent patients that were done within so many days
-- Lines over within_days, of everybody. grain: wait, rule_id, breakdown, group_name, within_days
SELECT
    wait,
    rule_id,
    breakdown,
    coalesce(group_name, 'all') AS group_name,
    within_days,
    n_due,
    n_done,
    coalesce(n_waiting::VARCHAR, 'few or none') AS n_waiting,
    share_done
FROM quality.waiting_share
ORDER BY wait, rule_id, breakdown, group_name, within_days
