-- Sums: where everything read ended, a row per facility and unit
-- A table. grain: facility, unit. Rounded; few or none is NULL.
SELECT
    facility,
    unit,
    any_value(n) FILTER (WHERE outcome = 'read') AS n_read,
    any_value(n) FILTER (WHERE outcome = 'measured') AS n_measured,
    any_value(n) FILTER (WHERE outcome = 'used') AS n_used,
    any_value(n) FILTER (WHERE outcome = 'superseded') AS n_superseded,
    any_value(n) FILTER (WHERE outcome = 'not_immunoglobulin') AS n_not_immunoglobulin,
    any_value(n) FILTER (WHERE outcome = 'unusable') AS n_unusable,
    any_value(n) FILTER (WHERE outcome = 'quarantined') AS n_quarantined,
    bool_or(is_suppressed) AS has_hidden_count
FROM quality.conservation
GROUP BY facility, unit
ORDER BY unit, facility
