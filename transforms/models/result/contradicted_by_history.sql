-- result.contradicted_by_history: results a factor of 10, 100 or 1000 off the person's other results
-- grain: result_number
-- Units differ by such factors. Rules 8: a ratio within 5 % of one puts the unit in doubt. A ratio of 10
-- alone is also what replacement or recovery looks like: it counts only between different units as sent.
-- A result is not used when it contradicts at least as many of the person's results as it agrees with;
-- so of two that contradict each other neither is used. IgE may truly vary so much.
WITH tolerated AS (
    SELECT parameter('*', 'unit_slip_ratio_tolerance') AS ratio
),

-- of all versions, so that this is one pass over result.version: those replaced fall out below
wide AS (
    SELECT
        r.person_number,
        f.analyte,
        f.series
    FROM result.version AS r
    INNER JOIN lookup.result_meaning AS f ON r.text_number = f.text_number
    WHERE
        r.reason_code IS NULL AND r.value_comparator IS NULL AND r.value_normalised > 0
        AND f.unit_normalised = 'g/L'
    GROUP BY ALL
    HAVING max(r.value_normalised) > 9 * min(r.value_normalised)
),

in_wide_range AS (
    SELECT
        i.result_number,
        i.person_number,
        i.analyte,
        i.series,
        i.unit_ucum,
        i.value_normalised
    FROM result.usable AS i
    SEMI JOIN wide AS w
        ON i.person_number = w.person_number AND i.analyte = w.analyte AND i.series = w.series
    WHERE i.value_comparator IS NULL AND i.value_normalised > 0 AND i.unit_normalised = 'g/L'
),

compared AS (
    SELECT
        r.result_number,
        r.unit_ucum <> other.unit_ucum AS is_other_unit,
        abs(log10(r.value_normalised / other.value_normalised)) AS decades
    FROM in_wide_range AS r
    INNER JOIN in_wide_range AS other USING (person_number, analyte, series)
)

SELECT c.result_number
FROM compared AS c
CROSS JOIN tolerated AS t
GROUP BY c.result_number
HAVING
    count(*) FILTER (
        WHERE round(c.decades) BETWEEN if(c.is_other_unit, 1, 2) AND 3
        AND abs(c.decades - round(c.decades)) <= log10(1 + t.ratio)
    ) >= count(*) FILTER (WHERE c.decades < 0.5)
