-- quality.median_shift: the median of a period against everything before it, per feed and analyte
-- grain: facility, analyte, month, is_new_batch
-- A period is a calendar month (before it: all earlier months) or tonight's delivery (before it:
-- all that was known). A change by a factor near 10, 100 or 1000 is a unit that changed under its
-- label; another one is a step if it exceeds what chance gives. The standard error of a median is
-- sqrt(pi/2) times that of a mean; the spread is that of the logarithms, from the quartiles, which
-- lie 1.349 standard deviations apart in a normal distribution.
-- NULL suspicion: too few results to say. Internal: unit_shift is what others may see.
WITH threshold AS (
    SELECT
        max(value) FILTER (WHERE threshold = 'shift_min_results_before') AS n_before,
        max(value) FILTER (WHERE threshold = 'unit_swap_min_results') AS n_swap,
        max(value) FILTER (WHERE threshold = 'unit_swap_log10_tolerance') AS swap_tolerance,
        max(value) FILTER (WHERE threshold = 'step_min_results') AS n_step,
        max(value) FILTER (WHERE threshold = 'step_min_change') AS step_change,
        max(value) FILTER (WHERE threshold = 'step_noise_multiple') AS noise_multiple
    FROM knowledge.check_threshold
),

period AS (
    SELECT
        *,
        false AS is_new_batch
    FROM quality.month_median
    UNION ALL BY NAME
    SELECT
        *,
        NULL::DATE AS month,
        true AS is_new_batch
    FROM quality.batch_median
),

compared AS (
    SELECT
        *,
        median / nullif(median_before, 0) AS ratio,
        log10(nullif(median, 0) / nullif(median_before, 0)) AS log10_ratio,
        sqrt(pi() / 2) * ln(nullif(upper_quartile_before, 0) / nullif(lower_quartile_before, 0))
        / 1.349 / sqrt(n_results) AS standard_error
    FROM period
)

SELECT
    c.facility,
    c.analyte,
    c.month,
    c.is_new_batch,
    c.n_results,
    c.n_results_before,
    c.median,
    c.median_before,
    c.ratio,
    CASE
        WHEN c.n_results_before < t.n_before OR c.ratio IS NULL THEN NULL
        WHEN c.n_results < t.n_swap THEN NULL
        WHEN
            abs(round(c.log10_ratio)) BETWEEN 1 AND 3
            AND abs(c.log10_ratio - round(c.log10_ratio)) <= t.swap_tolerance THEN 'unit_swap'
        WHEN c.n_results < t.n_step THEN NULL
        WHEN
            abs(c.ratio - 1) > t.step_change
            AND coalesce(abs(ln(nullif(c.ratio, 0))), 'infinity'::DOUBLE)
            > t.noise_multiple * coalesce(c.standard_error, 0) THEN 'step'
        ELSE 'none'
    END AS suspicion
FROM compared AS c
CROSS JOIN threshold AS t
