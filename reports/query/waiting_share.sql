-- the shares of repeats, verdicts and urgent patients done within so many days, as others may see them
-- grain: wait, rule_id, within_days
SELECT wait, rule_id, within_days, n_due, n_done, n_waiting, share_done
FROM quality.waiting_share
ORDER BY wait, rule_id, within_days
