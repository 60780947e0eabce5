-- counts of merges refused, and of results kept back because their person is not certain
-- grain: facility
SELECT facility, n_merges_refused, n_results_held
FROM quality.identity
WHERE n_merges_refused IS DISTINCT FROM 0 OR n_results_held IS DISTINCT FROM 0
ORDER BY facility
