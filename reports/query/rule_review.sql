-- which rules have no day of review, and whose review is overdue
-- grain: facility, version
SELECT facility, version, n_parameters, n_unsigned, n_overdue, overdue_since
FROM quality.rule_review
ORDER BY n_overdue DESC, n_unsigned DESC, facility NULLS FIRST, version
