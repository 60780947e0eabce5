-- quality.low_share: how many results of a month are low, by feed and analyte
-- grain: facility, analyte, month
-- A count is hidden when it, or what it leaves of the month, is 1 to 4, and its share with it.
WITH threshold AS (
    SELECT max(value) AS small_count FROM knowledge.check_threshold
    WHERE threshold = 'small_count'
),

counted AS (
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

small AS (
    SELECT
        c.*,
        range(1, t.small_count::BIGINT) AS hidden
    FROM counted AS c
    CROSS JOIN threshold AS t
),

shown AS (
    SELECT
        *,
        n_results IN hidden OR n_low IN hidden OR n_results - n_low IN hidden AS is_hidden
    FROM small
)

SELECT
    facility,
    analyte,
    month,
    if(n_results IN hidden, NULL, n_results) AS n_results,
    if(is_hidden, NULL, n_low) AS n_low,
    if(is_hidden, NULL, round(n_low / n_results, 4)) AS share_low
FROM shown
