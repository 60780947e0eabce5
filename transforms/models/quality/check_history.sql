-- quality.check_history: how many checks of each night failed, tonight's included
-- grain: checked_run_id, facility
-- facility NULL: what was checked over all of them. Earlier nights are what the ledger recorded.
SELECT
    as_of,
    checked_run_id,
    facility,
    n_lines,
    n_warning,
    n_critical
FROM run.published_check
UNION ALL
SELECT
    c.as_of,
    c.run_id AS checked_run_id,
    r.facility,
    count(*) AS n_lines,
    count(*) FILTER (WHERE NOT r.success AND r.severity = 'warning') AS n_warning,
    count(*) FILTER (WHERE NOT r.success AND r.severity = 'critical') AS n_critical
FROM quality.check_result AS r
CROSS JOIN run.clock AS c
GROUP BY c.as_of, c.run_id, r.facility
