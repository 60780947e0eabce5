-- lookup.plausible_range: the range outside of which a value of an analyte cannot be right, by age
-- grain: analyte, age_low_days
-- Of several rows of knowledge that hold at an age the narrowest counts.
WITH edge AS (
    SELECT DISTINCT analyte, coalesce(age_from_days, 0) AS age_low_days
    FROM knowledge.plausibility
)

SELECT
    e.analyte,
    e.age_low_days,
    lead(e.age_low_days, 1, 'infinity'::DOUBLE) OVER (
        PARTITION BY e.analyte ORDER BY e.age_low_days
    ) AS age_high_days,
    max(p.min_exclusive) AS min_exclusive,
    min(p.max_inclusive) AS max_inclusive,
    any_value(p.reason_code) AS reason_code
FROM edge AS e
INNER JOIN knowledge.plausibility AS p
    ON e.analyte = p.analyte AND coalesce(p.age_from_days, 0) <= e.age_low_days
GROUP BY e.analyte, e.age_low_days
