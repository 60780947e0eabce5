-- result.fault: what keeps the version that counts of a result from being used
-- grain: result_number
-- view: the faults of result.version, and those that other results bring to light
SELECT
    r.result_number,
    r.reason_code
FROM result.version AS r
ANTI JOIN result.superseded AS v ON r.result_number = v.result_number
WHERE r.reason_code IS NOT NULL
UNION ALL
FROM result.held_version
UNION ALL
SELECT
    result_number,
    'unit_contradicted_by_history' AS reason_code
FROM result.contradicted_by_history
