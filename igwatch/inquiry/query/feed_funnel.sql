-- how many of each feed's patients are left at each question of a rule, exact
-- grain: facility, rule_id, step
SELECT facility, reference_set, rule_id, step, name, n_patients
FROM mart.feed_funnel
ORDER BY facility, rule_id, step
