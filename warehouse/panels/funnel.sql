-- Funnel: from all patients tested for IgM to those with a definite pattern
-- A funnel or bars. grain: step. Only from igwatch.duckdb: its counts are exact.
SELECT
    step,
    name,
    n_patients,
    share_of_previous,
    share_of_tested
FROM mart.funnel
ORDER BY step
