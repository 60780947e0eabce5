-- Flags: per 1,000 patients tested for IgM, sites compared
-- A bar per facility and rule. grain: facility, rule_id. Small counts are hidden.
SELECT
    facility,
    rule_id,
    n_tested,
    n_flagged,
    per_1000
FROM quality.flag_rate
ORDER BY rule_id, per_1000 DESC NULLS LAST, facility
