-- result.classified: every result that is a measurement, with the class that counts
-- grain: result_number
-- view: result.usable without what a person's other results contradict, with hidden limits respected
-- Where a birth date is known to the year the class is that of every possible age (result.bounded_class).
-- A value that is its laboratory's hidden limit of detection (result.hidden_detection_limit) says "at most
-- this": above the lowest lower limit that resolves nothing. total_analyte is the analyte of a total
-- concentration, NULL for one that is a series of its own.
SELECT
    r.* REPLACE (
        if(
            coalesce(
                r.value_normalised = h.limit_normalised AND r.value_comparator IS NULL
                AND l.lower_limit_min < h.limit_normalised,
                FALSE
            ),
            'censored_unresolved', coalesce(b.class, r.class)
        ) AS class,
        coalesce(b.limit_number, r.limit_number) AS limit_number
    ),
    if(r.series = 'total', r.analyte, NULL) AS total_analyte
FROM result.usable AS r
ANTI JOIN result.contradicted_by_history AS x ON r.result_number = x.result_number
LEFT JOIN result.bounded_class AS b ON r.result_number = b.result_number
LEFT JOIN lookup.reference_limit AS l ON coalesce(b.limit_number, r.limit_number) = l.limit_number
LEFT JOIN result.meaning_limit AS h ON r.text_number = h.text_number
