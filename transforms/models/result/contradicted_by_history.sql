-- result.contradicted_by_history: results that differ from the person's others as one unit differs from another
-- grain: result_number
-- Rules 8: a ratio within 5 % of 10, 100 or 1000 makes the unit suspect. A ratio of 10 alone is also
-- what replacement or recovery looks like: it counts only between different units as sent. A result
-- is held when it contradicts at least as many of the person's results as it agrees with; so of two
-- that contradict each other neither is believed. IgE may truly vary so much.
WITH parameter AS (
    SELECT max(value) AS tolerance
    FROM knowledge.rule_parameter
    WHERE parameter = 'unit_slip_ratio_tolerance'
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

suspect AS (
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
    FROM suspect AS r
    INNER JOIN suspect AS other USING (person_number, analyte, series)
)

SELECT c.result_number
FROM compared AS c
CROSS JOIN parameter AS p
GROUP BY c.result_number
HAVING
    count(*) FILTER (
        WHERE round(c.decades) BETWEEN if(c.is_other_unit, 1, 2) AND 3
        AND abs(c.decades - round(c.decades)) <= log10(1 + p.tolerance)
    ) >= count(*) FILTER (WHERE c.decades < 0.5)
