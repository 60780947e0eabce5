-- counts of merges refused, of results kept back because their person is not certain, and of persons whose
-- birth date is a filler
-- grain: facility
SELECT facility, n_merges_refused, n_results_held, n_birth_date_placeholders
FROM quality.identity
WHERE
    n_merges_refused IS DISTINCT FROM 0 OR n_results_held IS DISTINCT FROM 0
    OR n_birth_date_placeholders IS DISTINCT FROM 0
ORDER BY facility
