-- New entries a week by what they ask, scaled to the hospital that is told of, and their spread
-- grain: rule_id, ask
-- per_week and spread (95 % of a Poisson count) are of the hospital's own visitors; the patients drawn with
-- the disease are too many for it and counted apart (true_patients), as they came, not scaled.
SELECT
    rule_id,
    ask,
    count(*) FILTER (WHERE NOT is_true_patient) * $scale / $weeks AS per_week,
    1.959964 * sqrt(count(*) FILTER (WHERE NOT is_true_patient)) * $scale / $weeks AS spread,
    count(*) FILTER (WHERE NOT is_true_patient AND came_as = 'new') * $scale / $weeks AS of_them_new,
    count(*) FILTER (WHERE kind = 'healthy') / nullif(count(*) FILTER (WHERE NOT is_true_patient), 0)
        AS healthy_share,
    count(*) FILTER (WHERE is_true_patient) AS true_patients
FROM entry
GROUP BY ALL
ORDER BY per_week DESC, rule_id, ask
