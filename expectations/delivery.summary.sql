-- delivery.summary as it is checked: one facility's delivery
-- grain: facility
SELECT *
FROM delivery.summary
WHERE facility = $facility
