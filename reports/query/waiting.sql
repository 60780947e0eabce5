-- how long a clinic's repeats, verdicts and urgent patients waited: a wait and rule, shares by days
-- grain: wait, rule_id
SELECT
    wait,
    rule_id,
    any_value(n_due) AS n_due,
    any_value(n_done) AS n_done,
    any_value(n_waiting) AS n_waiting,
    any_value(is_few) AS is_few,
    list({within_days: within_days, share_done: share_done} ORDER BY within_days) AS shares
FROM mart.waiting_share
WHERE breakdown = 'clinic' AND group_name IS NOT DISTINCT FROM $1
GROUP BY wait, rule_id
ORDER BY wait, rule_id
