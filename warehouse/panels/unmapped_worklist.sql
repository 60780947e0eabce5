-- Work: codes and units that nobody has mapped yet, the most frequent first
-- A table. grain: facility, code, code_system, test_name, reason_code
SELECT
    facility,
    code,
    code_system,
    test_name,
    units,
    reason_code,
    n_results,
    first_seen_on,
    last_seen_on
FROM quality.unmapped_code
ORDER BY n_results DESC NULLS LAST, facility, code, test_name
