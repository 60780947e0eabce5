-- Checks: how many failed on each night, by severity
-- A time series. grain: as_of, checked_run_id
SELECT
    as_of,
    checked_run_id,
    sum(n_lines) AS n_lines,
    sum(n_warning) AS n_warning,
    sum(n_critical) AS n_critical
FROM quality.check_history
GROUP BY as_of, checked_run_id
ORDER BY as_of, checked_run_id
