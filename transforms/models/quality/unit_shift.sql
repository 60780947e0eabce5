-- quality.unit_shift: has the level of an analyte moved in a feed, month by month
-- grain: facility, analyte, month
-- A unit that changed under its label moves the median by a factor near 10, 100 or 1000. spread is the
-- upper quartile over the lower: two units in one month widen it and may leave the median alone. A median
-- needs median_min_results and is told to two digits, for it is somebody's result. The months and their
-- n_results are those of quality.low_share.
WITH month AS (
    SELECT
        n.*,
        m.median,
        m.spread,
        m.median_before,
        m.spread_before,
        m.suspicion,
        is_surely(m.n_results_before, threshold('median_min_results')) AS has_median_before
    FROM level.shown_month AS n
    LEFT JOIN level.month_shift AS m
        ON n.facility = m.facility AND n.analyte = m.analyte AND n.month = m.month
),

shown AS (
    SELECT
        facility,
        analyte,
        month,
        n_results,
        if(has_median, two_digits(median), NULL) AS median,
        if(has_median_before, two_digits(median_before), NULL) AS median_before,
        if(has_step OR (has_median AND suspicion LIKE '%swap'), suspicion, NULL) AS suspicion,
        if(has_median, two_digits(spread), NULL) AS spread,
        if(has_median_before, two_digits(spread_before), NULL) AS spread_before
    FROM month
)

SELECT
    facility,
    analyte,
    month,
    n_results,
    median,
    median_before,
    two_digits(median / nullif(median_before, 0)) AS ratio,
    suspicion,
    spread,
    spread_before
FROM shown
