-- result.bounded_class: the class of a result where it is the same at every age that is possible
-- grain: result_number
-- Of whom only a year or month of birth is known (identity.birth_period). Of the limits that may hold those
-- with the highest lower limit are shown: they ask most of a normal result.
WITH undated AS (
    SELECT
        r.result_number,
        f.reference_set,
        r.analyte,
        if(p.sex IN ('F', 'M'), p.sex, 'U') AS sex,
        r.value_comparator,
        r.value_normalised,
        greatest(date_diff('day', b.born_to, r.collected_at::DATE), 0) AS age_from_days,
        date_diff('day', b.born_from, r.collected_at::DATE) AS age_to_days
    FROM result.usable AS r
    INNER JOIN identity.birth_period AS b ON r.person_number = b.person_number
    INNER JOIN identity.person AS p ON r.person_number = p.rowid
    INNER JOIN lookup.result_meaning AS f ON r.text_number = f.text_number
    WHERE r.age_days IS NULL
),

banded AS (
    SELECT
        u.*,
        l.limit_number,
        l.lower_limit_min,
        l.lower_limit_max,
        l.upper_limit_min,
        l.upper_limit_max,
        greatest(u.age_from_days, ceil(l.age_low_days)) AS from_days,
        least(u.age_to_days, ceil(l.age_high_days) - 1) AS to_days
    FROM undated AS u
    INNER JOIN lookup.reference_limit AS l
        ON
            u.reference_set = l.reference_set AND u.analyte = l.analyte AND u.sex = l.sex
            AND u.age_to_days >= l.age_low_days AND u.age_from_days < l.age_high_days
),

at_age AS (
    SELECT
        b.*,
        v.age_days,
        very_low_below(b.analyte, v.age_days) AS very_low_below,
        is_very_low_alone(b.analyte, v.age_days) AS is_very_low_alone
    FROM banded AS b
    CROSS JOIN LATERAL (SELECT unnest([b.from_days, b.to_days]) AS age_days) AS v
),

classed AS (
    SELECT
        i.*,
        class_of(i) AS class
    FROM at_age AS i
)

SELECT
    result_number,
    any_value(class) AS class,
    arg_max(limit_number, lower_limit_max) AS limit_number
FROM classed
GROUP BY result_number
HAVING
    count(DISTINCT class) = 1
    AND sum(to_days - from_days + 1) = 2 * any_value(age_to_days - age_from_days + 1)
