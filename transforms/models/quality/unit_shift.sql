-- quality.unit_shift: has the level of an analyte moved in a feed, month by month
-- grain: facility, analyte, month
-- A unit that changed under its label moves the median by a factor near 10, 100 or 1000. spread is the
-- upper quartile over the lower: two units in one month widen it and may leave the median alone.
WITH threshold AS (
    SELECT max(value) AS small_count FROM knowledge.check_threshold
    WHERE threshold = 'small_count'
),

month AS (
    SELECT
        m.*,
        m.n_results < t.small_count AS is_hidden,
        m.n_results_before < t.small_count AS is_hidden_before
    FROM level.median_shift AS m
    CROSS JOIN threshold AS t
    WHERE NOT m.is_new_batch
)

SELECT
    facility,
    analyte,
    month,
    if(is_hidden, NULL, n_results) AS n_results,
    if(is_hidden, NULL, median) AS median,
    if(is_hidden_before, NULL, median_before) AS median_before,
    if(is_hidden OR is_hidden_before, NULL, ratio) AS ratio,
    suspicion,
    if(is_hidden, NULL, spread) AS spread,
    if(is_hidden_before, NULL, spread_before) AS spread_before
FROM month
