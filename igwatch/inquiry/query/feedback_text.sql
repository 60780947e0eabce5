-- the codes, names and units of each sender in the month and in the one before, and what changed
-- grain: facility, sender, code, code_system, test_name, units
-- As sent where everybody knows the code or the unit (knowledge.code, the facility's own map, unit_spelling),
-- else masked; only what enough patients share. come: not enough of it before to be shown; gone: not enough
-- of it now. What is not an immunoglobulin's is left out. Reads feedback.sent.
WITH sent AS (
    SELECT
        s.facility,
        s.sender,
        s.patient,
        s.is_before,
        s.analyte,
        if(k.code IS NULL, masked_text(s.code), s.code) AS code,
        masked_text(s.code_system) AS code_system,
        masked_text(s.test_name) AS test_name,
        if(u.as_sent IS NULL, masked_text(s.units), s.units) AS units
    FROM feedback.sent AS s
    LEFT JOIN feedback.known_code AS k
        ON s.code = k.code AND s.facility = coalesce(k.facility, s.facility)
    LEFT JOIN knowledge.unit_spelling AS u ON unit_spelling(s.units) = u.as_sent
    WHERE s.outcome <> 'not_immunoglobulin'
),

counted AS (
    SELECT
        facility,
        sender,
        code,
        code_system,
        test_name,
        units,
        any_value(analyte) AS analyte,
        shown_count_beyond(count(*) FILTER (WHERE NOT is_before), threshold('text_min_results')) AS n,
        shown_count_beyond(count(*) FILTER (WHERE is_before), threshold('text_min_results'))
            AS n_before
    FROM sent
    GROUP BY facility, sender, code, code_system, test_name, units
    HAVING count(DISTINCT patient) >= threshold('text_min_patients')
),

whole AS (
    SELECT
        facility,
        sender,
        count(n) > 0 AS has_month,
        count(n_before) > 0 AS has_month_before
    FROM counted
    GROUP BY facility, sender
)

SELECT
    c.*,
    CASE
        WHEN c.n_before IS NULL AND w.has_month_before THEN 'come'
        WHEN c.n IS NULL AND w.has_month THEN 'gone'
    END AS change
FROM counted AS c
INNER JOIN whole AS w
    ON c.facility = w.facility AND c.sender IS NOT DISTINCT FROM w.sender
WHERE coalesce(c.n, c.n_before) IS NOT NULL
ORDER BY
    c.facility, c.sender, change IS NULL, coalesce(c.n, 0) DESC, c.code, c.code_system, c.test_name,
    c.units
