-- result.hidden_detection_limit: values that are a laboratory's limit of detection sent as a plain number
-- grain: facility, laboratory, analyte, series
-- spans: patients: a share of all results of a laboratory
-- Rules 8: where at least 3 % of a laboratory's results equal their minimum, the minimum is its limit of
-- detection and a value there says "at most this". Nothing sent is changed; only the class respects it.
-- Sought only below the lowest lower limit of an adult: a frequent value inside the interval is no floor.
WITH needed AS (
    SELECT
        parameter('*', 'hidden_floor_min_share') AS min_share,
        parameter('*', 'hidden_floor_min_results') AS min_results
),

tally AS (
    SELECT
        i.facility,
        i.laboratory,
        i.analyte,
        i.series,
        i.value_normalised,
        count(*) AS n
    FROM result.usable AS i
    ANTI JOIN result.contradicted_by_history AS x ON i.result_number = x.result_number
    WHERE i.value_comparator IS NULL
    GROUP BY ALL
),

sought AS (
    SELECT
        k.facility,
        a.analyte,
        a.adult_lower_limit
    FROM knowledge.facility AS k
    INNER JOIN lookup.adult_limit AS a ON k.reference_set = a.reference_set
)

SELECT
    t.facility,
    t.laboratory,
    t.analyte,
    t.series,
    min(t.value_normalised) AS limit_normalised,
    arg_min(t.n, t.value_normalised) AS n_at_limit,
    sum(t.n) AS n_results
FROM tally AS t
CROSS JOIN needed AS p
LEFT JOIN sought AS s ON t.facility = s.facility AND t.analyte = s.analyte
GROUP BY t.facility, t.laboratory, t.analyte, t.series
HAVING
    min(t.value_normalised) < any_value(s.adult_lower_limit)
    AND arg_min(t.n, t.value_normalised) >= any_value(p.min_results)
    AND arg_min(t.n, t.value_normalised) >= any_value(p.min_share) * sum(t.n)
