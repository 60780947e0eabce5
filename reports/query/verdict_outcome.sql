-- counts of a clinic's verdicts on its flags, over its facilities and all months
-- grain: rule_id, rule_version, status
SELECT
    rule_id,
    rule_version,
    status,
    sum(n_flagged) AS n_flagged,
    sum(n_reviewed) AS n_reviewed,
    sum(n_positive) AS n_positive,
    sum(n_negative) AS n_negative,
    sum(n_undecided) AS n_undecided,
    sum(n_not_reviewed) AS n_not_reviewed,
    sum(n_positive) / nullif(sum(n_positive) + sum(n_negative), 0) AS positive_share
FROM mart.verdict_outcome
WHERE clinic IS NOT DISTINCT FROM $1
GROUP BY rule_id, rule_version, status
ORDER BY rule_id, rule_version, status
