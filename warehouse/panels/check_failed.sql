-- Checks: what failed tonight and why it must hold, critical first
-- A table. grain: none (one line may fail for several facilities)
SELECT
    severity,
    coalesce(facility, 'all') AS facility,
    suite,
    expectation,
    column_name,
    n_evaluated,
    n_unexpected,
    why
FROM quality.check_result
WHERE NOT success
ORDER BY severity, facility, suite, column_name
