-- the median of what each sender sent of an analyte in the month, beside the month before
-- grain: facility, sender, analyte
-- In g/L (IgE k[IU]/L), to two digits, for a median is one person's result. suspicion: what the checks say of
-- the feed's level in that month of collection (quality.unit_shift). Reads feedback.sent.
WITH month AS (
    SELECT
        facility,
        sender,
        analyte,
        count(*) FILTER (WHERE NOT is_before) AS n,
        count(*) FILTER (WHERE is_before) AS n_before,
        median(value_normalised) FILTER (WHERE NOT is_before) AS median,
        median(value_normalised) FILTER (WHERE is_before) AS median_before
    FROM feedback.sent
    WHERE value_normalised IS NOT NULL
    GROUP BY facility, sender, analyte
),

shown AS (
    SELECT
        facility,
        sender,
        analyte,
        shown_count(n) AS n,
        shown_count(n_before) AS n_before,
        if(is_surely(n, threshold('median_min_results')), two_digits(median), NULL) AS median,
        if(is_surely(n_before, threshold('median_min_results')), two_digits(median_before), NULL)
            AS median_before
    FROM month
)

SELECT
    s.*,
    k.unit,
    two_digits(s.median / nullif(s.median_before, 0)) AS ratio,
    nullif(q.suspicion, 'none') AS suspicion
FROM shown AS s
CROSS JOIN feedback.asked AS a
INNER JOIN knowledge.analyte AS k ON s.analyte = k.analyte
LEFT JOIN quality.unit_shift AS q
    ON s.facility = q.facility AND s.analyte = q.analyte AND a.month = q.month
WHERE coalesce(s.n, s.n_before) IS NOT NULL
ORDER BY s.facility, s.sender, k.sort_order
