-- quality.low_share: how many results of a month are low, by feed and analyte
-- grain: facility, analyte, month
-- A count is hidden when it, or what it leaves of the month, is 1 to 4, and its share with it.
WITH counted AS (
    SELECT
        facility,
        analyte,
        date_trunc('month', collected_at)::DATE AS month,
        count(*) AS n_results,
        count(*) FILTER (WHERE class IN ('very_low', 'low')) AS n_low
    FROM core.measurement
    WHERE series = 'total' AND class <> 'not_classed'
    GROUP BY ALL
),

shown AS (
    SELECT
        *,
        is_small(n_results) OR is_small(n_low) OR is_small(n_results - n_low) AS is_hidden
    FROM counted
)

SELECT
    facility,
    analyte,
    month,
    if(is_small(n_results), NULL, n_results) AS n_results,
    if(is_hidden, NULL, n_low) AS n_low,
    if(is_hidden, NULL, round(n_low / n_results, 4)) AS share_low
FROM shown
