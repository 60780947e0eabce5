-- result.superseded: every version of a result that no longer counts, which one counts instead, and why
-- grain: result_number
WITH versioned AS (
    SELECT
        i.result_number,
        i.message_at,
        f.status,
        f.units,
        v.observation_value
    FROM result.version AS i
    SEMI JOIN (
        SELECT result_number FROM result.version_rank
        UNION
        SELECT copy_of FROM result.copy
    ) AS x ON i.result_number = x.result_number
    LEFT JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
    LEFT JOIN lookup.value_text AS v ON i.value_number = v.value_number
)

SELECT
    i.result_number,
    w.result_number AS superseded_by,
    w.message_at AS superseded_at,
    CASE
        WHEN c.result_number IS NOT NULL THEN 'copied_in_message'
        WHEN
            (i.status = w.status)
            AND (i.observation_value IS NOT DISTINCT FROM w.observation_value)
            AND (i.units IS NOT DISTINCT FROM w.units) THEN 'resent_unchanged'
        WHEN w.status = 'retracted' THEN 'withdrawn'
        WHEN i.status = 'provisional' AND i.message_at > w.message_at THEN 'provisional_after_final'
        WHEN i.status = 'provisional' AND w.status <> 'provisional' THEN 'finalised'
        WHEN
            (i.observation_value IS NOT DISTINCT FROM w.observation_value)
            AND (i.units IS NOT DISTINCT FROM w.units) THEN 'resent_unchanged'
        ELSE 'corrected'
    END AS reason_code
FROM result.version_rank AS v
INNER JOIN versioned AS i ON v.result_number = i.result_number
INNER JOIN versioned AS w ON v.superseded_by = w.result_number
LEFT JOIN result.copy AS c ON v.result_number = c.result_number
WHERE v.version_rank > 1
