-- how much of each unit the file holds and where it would end, as a night would count it
-- grain: unit, outcome
SELECT
    unit,
    outcome,
    n
FROM tally.conservation
WHERE unit NOT IN ('file', 'message')
ORDER BY unit, n DESC, outcome
