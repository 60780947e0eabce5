-- quality.batch_reason as it is checked: one facility's delivery
-- grain: reason_code
SELECT *
FROM quality.batch_reason
WHERE facility = $facility
