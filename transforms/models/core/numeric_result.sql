-- core.numeric_result: the version that counts of each result, normalised, with the limits for its age
-- grain: result_row
-- What was sent stays beside what was derived. A unit is never guessed: it is as sent, or the
-- facility's approved default for that code, else missing.
WITH united AS (
    SELECT
        v.result_row,
        v.reference_set,
        v.sex,
        v.age_days,
        v.value_comparator,
        i.analyte,
        coalesce(i.units, d.unit) AS unit_used,
        s.unit_ucum,
        c.unit_conversion_id,
        c.unit_normalised,
        c.factor,
        round(v.value_as_number * c.factor, 6) AS value_normalised,
        regexp_extract(
            if(v.decimal_mark = ',', replace(i.references_range, ',', '.'), i.references_range),
            '^[\[\(]?\s*(\d+\.?\d*|\.\d+)\s*(?:-|–|to|_|&)\s*(\d+\.?\d*|\.\d+)\s*[\]\)]?$',
            ['low', 'high']
        ) AS range_sent
    FROM core.value AS v
    INNER JOIN core.immunoglobulin AS i ON v.result_row = i.result_row
    LEFT JOIN knowledge.unit_default AS d
        ON i.facility = d.facility AND i.observation_identifier = d.code
    LEFT JOIN knowledge.unit_spelling AS s
        ON
            lower(translate(regexp_replace(
                coalesce(i.units, d.unit), '[\s\x{00A0}]', '', 'g'), 'µμ', 'uu'))
            = s.as_sent
    LEFT JOIN knowledge.unit_conversion AS c
        ON i.analyte = c.analyte AND s.unit_ucum = c.unit_ucum
)

SELECT
    r.result_row,
    r.analyte,
    r.age_days,
    r.value_comparator,
    r.unit_used,
    r.unit_ucum,
    r.unit_conversion_id,
    r.unit_normalised,
    r.value_normalised,
    try_cast(nullif(r.range_sent.low, '') AS DOUBLE) * r.factor AS range_low_normalised,
    try_cast(nullif(r.range_sent.high, '') AS DOUBLE) * r.factor AS range_high_normalised,
    l.lower_limit_min,
    l.lower_limit_max,
    l.upper_limit_min,
    l.upper_limit_max,
    adult.lower_limit_min AS adult_lower_limit,
    adult.upper_limit_max AS adult_upper_limit
FROM united AS r
LEFT JOIN core.reference_limit AS l
    ON
        r.reference_set = l.reference_set AND r.analyte = l.analyte AND if(r.sex IN ('F', 'M'), r.sex, 'U') = l.sex
        AND r.age_days >= l.age_low_days AND r.age_days < l.age_high_days
LEFT JOIN core.reference_limit AS adult
    ON
        r.reference_set = adult.reference_set AND r.analyte = adult.analyte
        AND adult.sex = 'U' AND adult.age_high_days = 'infinity'::DOUBLE
