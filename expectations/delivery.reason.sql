-- delivery.reason as it is checked: one facility's delivery
-- grain: reason_code
SELECT *
FROM delivery.reason
WHERE facility = $facility
