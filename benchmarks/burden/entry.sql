-- Lines that came to the worklist in a counted week
-- grain: week, patient_id, rule_id
-- A line comes when it was not there a night before, or asks another thing than then. Where
-- $ignores_overdue, "due" that becomes "overdue" has only been sorted anew and does not come.
WITH played AS (
    SELECT
        week,
        lag(week) OVER (ORDER BY week) AS week_before
    FROM night
)

SELECT
    l.week,
    l.patient_id,
    l.rule_id,
    l.ask,
    coalesce(t.kind, 'unknown') AS kind,
    starts_with(l.patient_id, $true) AS is_true_patient,
    CASE
        WHEN b.ask IS NOT NULL THEN 'changed'
        WHEN EXISTS (
            SELECT 1 FROM line AS e
            WHERE e.patient_id = l.patient_id AND e.rule_id = l.rule_id AND e.week < l.week
        ) THEN 'returned'
        ELSE 'new'
    END AS came_as
FROM line AS l
INNER JOIN played AS p ON l.week = p.week
LEFT JOIN line AS b ON l.patient_id = b.patient_id AND l.rule_id = b.rule_id AND b.week = p.week_before
LEFT JOIN truth AS t ON l.patient_id = t.patient_id
WHERE
    l.week > $counted_after
    AND l.ask IS DISTINCT FROM b.ask
    AND NOT ($ignores_overdue AND l.ask = 'repeat_overdue' AND coalesce(b.ask, '') = 'repeat_due')
