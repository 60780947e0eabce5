-- core.fault: what keeps the version that counts of a result from being used
-- grain: result_row
SELECT
    result_row,
    reason_code
FROM core.own_fault
UNION ALL
SELECT
    result_row,
    'unit_contradicted_by_history' AS reason_code
FROM core.unit_slip
