-- level.delivery_median: median of tonight's delivery and of all that was known before it
-- grain: facility, analyte
-- Only feeds and analytes of which something came tonight. A median is the lowest value that half
-- of the results do not exceed. Internal.
WITH ranked AS (
    SELECT
        *,
        value_normalised AS value,
        sum(n_results) OVER part AS n_all,
        sum(n_results) OVER (part ORDER BY value_normalised) AS n_up_to
    FROM level.value_tally
    WINDOW part AS (PARTITION BY facility, analyte, is_new)
)

SELECT
    facility,
    analyte,
    coalesce(sum(n_results) FILTER (WHERE is_new), 0)::BIGINT AS n_results,
    coalesce(sum(n_results) FILTER (WHERE NOT is_new), 0)::BIGINT AS n_results_before,
    min(value) FILTER (WHERE is_new AND 2 * n_up_to >= n_all) AS median,
    min(value) FILTER (WHERE is_new AND 4 * n_up_to >= n_all) AS lower_quartile,
    min(value) FILTER (WHERE is_new AND 4 * n_up_to >= 3 * n_all) AS upper_quartile,
    min(value) FILTER (WHERE NOT is_new AND 2 * n_up_to >= n_all) AS median_before,
    min(value) FILTER (WHERE NOT is_new AND 4 * n_up_to >= n_all) AS lower_quartile_before,
    min(value) FILTER (WHERE NOT is_new AND 4 * n_up_to >= 3 * n_all) AS upper_quartile_before
FROM ranked
GROUP BY facility, analyte
HAVING bool_or(is_new)
