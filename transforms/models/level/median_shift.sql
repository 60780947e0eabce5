-- level.median_shift: the median of a period against everything before it, per feed and analyte
-- grain: facility, analyte, month, is_new_batch
-- A period is a calendar month (before it: all earlier months) or tonight's delivery (before it:
-- all that was known). A change by a factor near 10, 100 or 1000 is a unit that changed under its
-- label; another one is a step; both only beyond what chance gives. The standard error of a median
-- is sqrt(pi/2) times that of a mean; the spread is that of the logarithms, from the quartiles,
-- which lie 1.349 standard deviations apart in a normal distribution. It is a unit_swap where the
-- results themselves speak against their unit (level.unit_evidence) or are many; else a
-- possible_unit_swap: a small feed's patients may really stand so far from those before.
-- NULL suspicion: too few results to say. Internal: quality.unit_shift is what
-- others may see.
WITH needed AS (
    SELECT
        threshold('shift_min_results_before') AS n_before,
        threshold('unit_swap_min_results') AS n_swap,
        threshold('unit_swap_log10_tolerance') AS swap_tolerance,
        threshold('unit_swap_sure_results') AS n_sure,
        threshold('unit_swap_min_share') AS swap_share,
        threshold('step_min_results') AS n_step,
        threshold('step_min_change') AS step_change,
        threshold('step_noise_multiple') AS noise_multiple
),

period AS (
    SELECT
        *,
        FALSE AS is_new_batch
    FROM level.month_median
    UNION ALL BY NAME
    SELECT
        *,
        NULL::DATE AS month,
        TRUE AS is_new_batch,
        TRUE AS has_new_results
    FROM level.delivery_median
),

compared AS (
    SELECT
        p.*,
        t.*,
        e.n_contradicted,
        e.n_unit_new,
        p.median / nullif(p.median_before, 0) AS ratio,
        p.upper_quartile / nullif(p.lower_quartile, 0) AS spread,
        p.upper_quartile_before / nullif(p.lower_quartile_before, 0) AS spread_before,
        log10(nullif(p.median, 0) / nullif(p.median_before, 0)) AS log10_ratio,
        sqrt(pi() / 2) / sqrt(p.n_results) / 1.349
        * ln(nullif(p.upper_quartile_before, 0) / nullif(p.lower_quartile_before, 0))
            AS standard_error
    FROM period AS p
    CROSS JOIN needed AS t
    INNER JOIN level.unit_evidence AS e
        ON
            p.facility = e.facility AND p.analyte = e.analyte
            AND p.month IS NOT DISTINCT FROM e.month AND p.is_new_batch = e.is_new_batch
),

measured AS (
    SELECT
        *,
        n_results_before >= n_before AND ratio IS NOT NULL AS is_comparable,
        abs(round(log10_ratio)) BETWEEN 1 AND 3
        AND abs(log10_ratio - round(log10_ratio)) <= swap_tolerance AS is_power_of_ten,
        coalesce(abs(ln(nullif(ratio, 0))), 'infinity'::DOUBLE)
        > noise_multiple * coalesce(standard_error, 0) AS is_beyond_chance,
        least(n_results, n_results_before) >= n_sure
        OR greatest(n_contradicted, n_unit_new) >= swap_share * n_results AS is_sure
    FROM compared
)

SELECT
    facility,
    analyte,
    month,
    is_new_batch,
    has_new_results,
    n_results,
    n_results_before,
    median,
    median_before,
    ratio,
    spread,
    spread_before,
    if(is_comparable AND n_results >= n_step, spread / spread_before, NULL) AS spread_ratio,
    CASE
        WHEN NOT is_comparable OR n_results < n_swap THEN NULL
        WHEN is_power_of_ten AND is_beyond_chance
            THEN if(is_sure, 'unit_swap', 'possible_unit_swap')
        WHEN n_results < n_step THEN NULL
        WHEN abs(ratio - 1) > step_change AND is_beyond_chance THEN 'step'
        ELSE 'none'
    END AS suspicion
FROM measured
