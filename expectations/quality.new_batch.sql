-- quality.new_batch as it is checked: one facility's delivery
-- grain: facility
SELECT *
FROM quality.new_batch
WHERE facility = $facility
