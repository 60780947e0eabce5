-- quality.precision: quality.verdict_outcome under its old name
-- grain: rule_id, rule_version, status
-- view: for readers that know the old name, which in a laboratory means repeatability
SELECT *
FROM quality.verdict_outcome
