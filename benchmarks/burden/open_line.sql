-- Lines that stand open on a night when nobody has ever given a verdict, scaled as per_week.sql
-- grain: rule_id, ask
SELECT
    rule_id,
    ask,
    round(count(*) FILTER (WHERE NOT starts_with(patient_id, $true)) * $scale)::INTEGER AS open_lines,
    count(*) FILTER (WHERE starts_with(patient_id, $true)) AS true_patients
FROM line
WHERE week = $week
GROUP BY ALL
ORDER BY open_lines DESC, rule_id, ask
