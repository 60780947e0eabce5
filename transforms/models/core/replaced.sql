-- core.replaced: every version of a result that no longer counts, which one stands instead, and why
-- grain: result_row
WITH versioned AS (
    SELECT
        i.result_row,
        i.message_at,
        f.status,
        f.units,
        v.observation_value
    FROM core.result AS i
    SEMI JOIN core.version AS x ON i.result_row = x.result_row
    LEFT JOIN core.form AS f ON i.form_number = f.form_number
    LEFT JOIN core.value AS v ON i.value_number = v.value_number
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
FROM core.version AS v
INNER JOIN versioned AS i ON v.result_row = i.result_row
INNER JOIN versioned AS w ON v.winner_row = w.result_row
WHERE v.version_rank > 1
