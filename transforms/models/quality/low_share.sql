-- quality.low_share: how many results of a month are low, by feed and analyte
-- grain: facility, analyte, month
-- The share is that of the counts as shown. Months and their n_results are those of quality.unit_shift.
WITH shown AS (
    SELECT
        facility,
        analyte,
        month,
        n_results,
        shown_count(n_low) AS n_low
    FROM level.shown_month
)

SELECT
    *,
    round(n_low / n_results, 2) AS share_low
FROM shown
