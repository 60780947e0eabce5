-- quality.unit_shift: has the level of an analyte moved in a feed, month by month
-- grain: facility, analyte, month
-- A unit that changed under its label moves the median by a factor near 10, 100 or 1000. spread is the
-- upper quartile over the lower: two units in one month widen it and may leave the median alone.
WITH month AS (
    SELECT
        *,
        is_small(n_results) AS is_hidden,
        is_small(n_results_before) AS is_hidden_before
    FROM level.median_shift
    WHERE NOT is_new_batch
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
