-- Decisions: rules that have no day of review, and whose review is overdue
-- A table. grain: facility, version; facility NULL is the common rules
SELECT
    coalesce(facility, 'everybody') AS rules_of,
    version,
    n_parameters,
    n_unsigned,
    n_overdue,
    overdue_since
FROM quality.rule_review
ORDER BY n_overdue DESC, rules_of, version
