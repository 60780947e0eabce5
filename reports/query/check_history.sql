-- how many checks of each night failed, over all facilities
-- grain: as_of, checked_run_id
SELECT
    as_of,
    checked_run_id,
    sum(n_lines)::INTEGER AS n_lines,
    sum(n_warning)::INTEGER AS n_warning,
    sum(n_critical)::INTEGER AS n_critical
FROM quality.check_history
GROUP BY as_of, checked_run_id
ORDER BY as_of, checked_run_id
