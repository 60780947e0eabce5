-- values that are no number, by the kind of text they are; the reason says why
-- grain: value_shape, reason_code
SELECT
    v.value_shape,
    v.value_fault AS reason_code,
    count(*) AS n,
    any_value(k.sentence) AS reason,
    any_value(k.mend) AS mend
FROM result.version AS r
INNER JOIN lookup.value_text AS v ON r.value_number = v.value_number
INNER JOIN knowledge.result_reason AS k ON v.value_fault = k.reason_code
GROUP BY v.value_shape, v.value_fault
ORDER BY n DESC, v.value_shape, v.value_fault
