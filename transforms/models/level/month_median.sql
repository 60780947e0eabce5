-- level.month_median: median of a month and of all months before it, per feed and analyte
-- grain: facility, analyte, month
-- Values are taken to three significant digits and their tallies added up month by month, so that
-- the cost grows with the months and not with the results. A median is the lowest value that half
-- of the results do not exceed. Internal.
WITH tally AS (
    SELECT
        facility,
        analyte,
        month,
        if(
            value_normalised > 0,
            round(value_normalised, 2 - floor(log10(value_normalised))::INTEGER), 0
        ) AS value,
        sum(n_results) AS n,
        bool_or(is_new) AS has_new_results
    FROM level.value_tally
    GROUP BY ALL
),

month AS (
    SELECT DISTINCT
        facility,
        analyte,
        month
    FROM tally
),

level AS (
    SELECT DISTINCT
        facility,
        analyte,
        value
    FROM tally
),

running AS (
    SELECT
        m.facility,
        m.analyte,
        m.month,
        v.value,
        coalesce(t.n, 0) AS n,
        coalesce(t.has_new_results, FALSE) AS has_new_results,
        coalesce(sum(t.n) OVER (
            PARTITION BY m.facility, m.analyte, v.value
            ORDER BY m.month ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS n_before
    FROM month AS m
    INNER JOIN level AS v ON m.facility = v.facility AND m.analyte = v.analyte
    LEFT JOIN tally AS t
        ON
            m.facility = t.facility AND m.analyte = t.analyte
            AND m.month = t.month AND v.value = t.value
),

ranked AS (
    SELECT
        *,
        sum(n) OVER period AS n_results,
        sum(n_before) OVER period AS n_results_before,
        sum(n) OVER (period ORDER BY value) AS n_up_to,
        sum(n_before) OVER (period ORDER BY value) AS n_before_up_to
    FROM running
    WHERE n > 0 OR n_before > 0
    WINDOW period AS (PARTITION BY facility, analyte, month)
)

SELECT
    facility,
    analyte,
    month,
    bool_or(has_new_results) AS has_new_results,
    any_value(n_results)::BIGINT AS n_results,
    any_value(n_results_before)::BIGINT AS n_results_before,
    min(value) FILTER (WHERE 2 * n_up_to >= n_results) AS median,
    min(value) FILTER (WHERE 4 * n_up_to >= n_results) AS lower_quartile,
    min(value) FILTER (WHERE 4 * n_up_to >= 3 * n_results) AS upper_quartile,
    min(value) FILTER (WHERE n_before > 0 AND 2 * n_before_up_to >= n_results_before)
        AS median_before,
    min(value) FILTER (WHERE n_before > 0 AND 4 * n_before_up_to >= n_results_before)
        AS lower_quartile_before,
    min(value) FILTER (WHERE n_before > 0 AND 4 * n_before_up_to >= 3 * n_results_before)
        AS upper_quartile_before
FROM ranked
GROUP BY facility, analyte, month
