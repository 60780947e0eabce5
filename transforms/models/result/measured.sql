-- result.measured: the results that are measurements, as far as flags need them
-- grain: result_number
-- result.classified, narrow: read many times, so written once.
SELECT
    result_number,
    person_number,
    text_number,
    limit_number,
    collected_at,
    age_days,
    total_analyte,
    value_comparator,
    value_normalised,
    class
FROM result.classified
