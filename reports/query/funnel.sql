-- from all patients tested for IgM to those with a definite pattern
-- grain: step
SELECT step, name, n_patients, share_of_previous, share_of_tested
FROM mart.funnel
ORDER BY step
