-- where everything that a facility sent ended; n is NULL when a small count is hidden
-- grain: facility, unit, outcome
SELECT facility, unit, outcome, n, is_suppressed
FROM quality.conservation
ORDER BY list_position(['result', 'message', 'file'], unit) NULLS LAST, unit, facility, outcome
