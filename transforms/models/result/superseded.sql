-- result.superseded: every version of a result that no longer counts, which one stands instead, and why
-- grain: result_row
WITH versioned AS (
    SELECT
        i.result_row,
        i.message_at,
        f.status,
        f.units,
        v.observation_value
    FROM result.version AS i
    SEMI JOIN result.version_rank AS x ON i.result_row = x.result_row
    LEFT JOIN lookup.result_meaning AS f ON i.form_number = f.form_number
    LEFT JOIN lookup.value_text AS v ON i.value_number = v.value_number
)

SELECT
    i.result_row,
    w.result_row AS winner_row,
    w.message_at AS superseded_at,
    CASE
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
INNER JOIN versioned AS i ON v.result_row = i.result_row
INNER JOIN versioned AS w ON v.winner_row = w.result_row
WHERE v.version_rank > 1
