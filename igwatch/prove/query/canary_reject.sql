-- Why what held canaries was refused, the commonest reason of each feed, in their scratch home.
-- grain: facility
SELECT
    r.facility,
    arg_max(r.field, r.n) AS field,
    arg_max(k.sentence, r.n) AS sentence
FROM (
    SELECT
        facility,
        field,
        reason_code,
        count(*) AS n
    FROM raw.reject
    GROUP BY ALL
) AS r
LEFT JOIN knowledge.reject_reason AS k ON r.reason_code = k.reason_code
GROUP BY r.facility
ORDER BY r.facility
