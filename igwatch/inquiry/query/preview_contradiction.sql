-- where the file contradicts itself: both statements, but no value or birth date; what is no blood
-- grain: reason_code, field_a, statement_a, field_b, statement_b
WITH told AS (
    SELECT
        d.reason_code,
        x.field_a,
        CASE
            WHEN x.field_a IN ('OBX-5', 'value') THEN 'the value'
            WHEN x.field_a IN ('PID-7', 'birth_date') THEN 'one birth date'
            ELSE x.statement_a
        END AS statement_a,
        x.field_b,
        CASE
            WHEN x.field_b IN ('OBX-5', 'value') THEN 'the value'
            WHEN x.field_a IN ('PID-7', 'birth_date') THEN 'another birth date'
            ELSE x.statement_b
        END AS statement_b
    FROM result.contradiction AS x
    INNER JOIN lookup.source AS f ON source_of(x.result_number) = f.source_number
    INNER JOIN result.disposition AS d
        ON measurement_id(f.id_prefix, x.result_number) = d.measurement_id
    WHERE d.disposition = 'unusable'
    UNION ALL
    SELECT
        'specimen_not_accepted' AS reason_code,
        min(s.field) AS field_a,
        arg_min(s.statement, s.field) AS statement_a,
        NULL AS field_b,
        NULL AS statement_b
    FROM result.version AS i
    INNER JOIN lookup.statement AS s ON i.text_number = s.text_number AND s.topic = 'specimen'
    WHERE i.reason_code = 'specimen_not_accepted'
    GROUP BY i.result_number
)

SELECT
    *,
    count(*) AS n
FROM told
GROUP BY ALL
ORDER BY n DESC, reason_code, field_a, field_b, statement_a, statement_b
