-- lookup.limit_by_age_year: each age band of lookup.reference_limit, once for every year of age it touches
-- grain: limit_number, age_years
-- A result looks its band up among the one or few of its year, and not among all of a life.
WITH year AS (SELECT unnest(range(0, 200)) AS age_years)

SELECT
    l.*,
    y.age_years
FROM lookup.reference_limit AS l
INNER JOIN year AS y
    ON l.age_low_days < (y.age_years + 1) * 365 AND l.age_high_days > y.age_years * 365
