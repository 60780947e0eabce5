-- where the results of the file would end, and why
-- grain: disposition, reason_code
SELECT
    d.disposition,
    coalesce(d.reason_code, s.reason_code) AS reason_code,
    count(*) AS n,
    any_value(r.sentence) AS reason,
    any_value(r.mend) AS mend
FROM result.disposition AS d
LEFT JOIN core.superseded AS s ON d.measurement_id = s.measurement_id
LEFT JOIN knowledge.result_reason AS r ON coalesce(d.reason_code, s.reason_code) = r.reason_code
GROUP BY ALL
ORDER BY n DESC, d.disposition, reason_code NULLS FIRST
