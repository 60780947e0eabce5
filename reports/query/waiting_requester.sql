-- how long repeats waited by the place that asked for the result behind them: of a clinic's feeds that show it
-- grain: requested_from, facility, rule_id
SELECT
    w.group_name AS requested_from,
    w.facility,
    w.rule_id,
    any_value(w.n_due) AS n_due,
    any_value(w.n_done) AS n_done,
    any_value(w.n_waiting) AS n_waiting,
    list({within_days: w.within_days, share_done: w.share_done} ORDER BY w.within_days) AS shares
FROM mart.waiting_share AS w
INNER JOIN mart.facility AS f ON w.facility = f.facility
WHERE w.breakdown = 'requester' AND NOT w.is_few AND f.clinic IS NOT DISTINCT FROM $1
GROUP BY w.group_name, w.facility, w.rule_id
ORDER BY n_due DESC, requested_from, w.facility, w.rule_id
