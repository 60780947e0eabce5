-- level.median_shift as it is checked: the level of one facility's delivery
-- grain: analyte, month
-- Also of this month and the one before it, where the delivery adds to them: a small feed shows a
-- swap only over weeks.
SELECT s.*
FROM level.median_shift AS s
CROSS JOIN run.clock AS c
WHERE
    s.facility = $facility
    AND s.has_new_results
    AND (s.is_new_batch OR s.month >= date_trunc('month', c.as_of) - INTERVAL 1 MONTH)
