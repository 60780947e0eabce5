-- result.measured: every result that is a measurement, with the columns that flags need
-- grain: result_number
-- result.classified, narrow: panels read it many times, so it is written once.
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
