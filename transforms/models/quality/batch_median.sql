-- quality.batch_median: median of tonight's delivery and of all that was known before it
-- grain: facility, analyte
-- Only feeds and analytes of which something came tonight. Internal.
WITH result AS (
    SELECT
        m.facility,
        m.analyte,
        s.is_new,
        coalesce(m.value_g_per_l, m.value_kiu_per_l) AS value
    FROM core.measurement AS m
    INNER JOIN run.source AS s
        ON m.facility = s.facility AND m.source_sha256 = s.source_sha256
    WHERE m.series = 'total'
)

SELECT
    facility,
    analyte,
    count(*) FILTER (WHERE is_new) AS n_results,
    count(*) FILTER (WHERE NOT is_new) AS n_results_before,
    quantile_disc(value, 0.5) FILTER (WHERE is_new) AS median,
    quantile_disc(value, 0.5) FILTER (WHERE NOT is_new) AS median_before,
    quantile_disc(value, 0.25) FILTER (WHERE NOT is_new) AS lower_quartile_before,
    quantile_disc(value, 0.75) FILTER (WHERE NOT is_new) AS upper_quartile_before
FROM result
GROUP BY facility, analyte
HAVING bool_or(is_new)
