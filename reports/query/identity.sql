-- counts of merges refused, of results kept back because their person is not certain, of numbers that look
-- like another one, of numbers that a spreadsheet had wrapped, and of birth dates that are fillers
-- grain: facility
SELECT
    facility,
    n_merges_refused,
    n_results_held,
    n_identifiers_alike,
    n_results_unwrapped,
    n_birth_date_placeholders
FROM quality.identity
WHERE
    n_merges_refused IS NOT NULL OR n_results_held IS NOT NULL
    OR n_identifiers_alike IS NOT NULL OR n_results_unwrapped IS NOT NULL
    OR n_birth_date_placeholders IS NOT NULL
ORDER BY facility
