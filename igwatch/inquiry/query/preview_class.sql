-- how many results of each immunoglobulin can be held against limits, and why the others cannot
-- grain: analyte, why
-- Repetitions of a result are not counted twice. why is NULL for what can be classed. A birth date may
-- also come in another file: of these only this one is known here.
WITH result AS (
    SELECT
        d.analyte,
        CASE
            WHEN d.disposition = 'unusable' THEN r.sentence
            WHEN m.class <> 'not_classed' THEN NULL
            WHEN m.age_days IS NULL THEN 'no_birth_date'
            ELSE 'no_limits'
        END AS why
    FROM result.disposition AS d
    LEFT JOIN core.measurement AS m ON d.measurement_id = m.measurement_id
    LEFT JOIN knowledge.result_reason AS r ON d.reason_code = r.reason_code
    WHERE d.disposition IN ('measured', 'unusable') AND d.analyte IS NOT NULL
)

SELECT
    analyte,
    why,
    count(*) AS n
FROM result
GROUP BY ALL
ORDER BY analyte, n DESC, why
