-- what had to be true and whether it was; what failed first
-- grain: none (an expectation may stand twice)
SELECT suite, facility, expectation, column_name, severity, success, n_evaluated, n_unexpected, why
FROM quality.check_result
ORDER BY success, severity, suite, facility, expectation, column_name
