-- mart.precision: mart.verdict_outcome under its old name
-- grain: rule_id, rule_version, status, facility, month
-- view: for readers that know the old name, which in a laboratory means repeatability
SELECT *
FROM mart.verdict_outcome
