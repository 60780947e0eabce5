-- core.judged: the results that are measurements, with the class that counts and the limits it rests on
-- grain: result_row
-- Narrow: what was sent stands in core.result. A value that is its laboratory's hidden floor
-- (core.hidden_floor) says "at most this": above the lowest lower limit that resolves nothing.
SELECT
    r.result_row,
    r.person_number,
    r.form_number,
    r.limit_number,
    r.collected_at,
    r.age_days,
    r.value_comparator,
    r.value_normalised,
    if(h.floor IS NULL, r.class, 'censored_unresolved') AS class
FROM core.counting AS r
ANTI JOIN core.unit_slip AS x ON r.result_row = x.result_row
LEFT JOIN core.reference_limit AS l ON r.limit_number = l.limit_number
LEFT JOIN core.hidden_floor AS h
    ON
        r.facility = h.facility AND r.laboratory = h.laboratory AND r.analyte = h.analyte
        AND r.series = h.series AND r.value_normalised = h.floor
        AND r.value_comparator IS NULL AND l.lower_limit_min < h.floor
