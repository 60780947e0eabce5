-- lookup.adult_limit: the limits of an adult, which many laboratories print beside any result
-- grain: reference_set, analyte
SELECT
    reference_set,
    analyte,
    lower_limit_min AS adult_lower_limit,
    upper_limit_max AS adult_upper_limit
FROM lookup.reference_limit
WHERE sex = 'U' AND age_high_days = 'infinity'::DOUBLE
