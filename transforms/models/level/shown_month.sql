-- level.shown_month: the months of a feed and analyte that others may see, with how many results each has
-- grain: facility, analyte, month
-- quality.low_share and quality.unit_shift are built from it: two counts of nearly the same results would
-- tell, side by side, the few by which they differ. No month of few patients. Internal.
WITH counted AS (
    SELECT
        facility,
        analyte,
        date_trunc('month', collected_at)::DATE AS month,
        count(*) AS n_results,
        count(*) FILTER (WHERE class IN ('very_low', 'low')) AS n_low,
        -- hashed: three times as fast, and as good as exact
        count(DISTINCT hash(patient_key)) AS n_patients
    FROM core.measurement
    WHERE series = 'total'
    GROUP BY ALL
)

SELECT
    facility,
    analyte,
    month,
    shown_count(n_results) AS n_results,
    n_low,
    is_surely(n_results, threshold('median_min_results')) AS has_median,
    is_surely(n_results, threshold('step_min_results')) AS has_step
FROM counted
WHERE shown_count(n_results) IS NOT NULL AND shown_count(n_patients) IS NOT NULL
