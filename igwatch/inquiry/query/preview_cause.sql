-- results of the file that break a check which withholds: how many of each kind, and since which line
-- grain: suite, column_name, code, test_name, units, what
-- Only checks that say something of single results have rows here. Nothing of a person, no value.
WITH new_source AS (
    SELECT facility, source_sha256 FROM run.source WHERE is_new
),

measured AS (
    SELECT
        m.*,
        date_diff('day', m.collected_at::DATE, c.as_of) AS days_before_clock
    FROM core.measurement AS m
    CROSS JOIN run.clock AS c
    SEMI JOIN new_source AS s ON m.facility = s.facility AND m.source_sha256 = s.source_sha256
),

opposed AS (
    SELECT
        f.observation_identifier AS code,
        f.observation_text AS test_name,
        f.units,
        o.class,
        o.laboratory_interpretation,
        i.line_number
    FROM result.opposed_by_laboratory AS o
    SEMI JOIN new_source AS s ON o.facility = s.facility AND o.source_sha256 = s.source_sha256
    INNER JOIN result.version AS v ON o.result_number = v.result_number
    INNER JOIN lookup.result_meaning AS f ON v.text_number = f.text_number
    INNER JOIN raw.observation AS i
        ON
            o.facility = i.facility AND o.source_sha256 = i.source_sha256
            AND position_of(o.result_number) = i.position
    UNION ALL
    SELECT code, test_name, unit_source_value, class, laboratory_interpretation, line_number
    FROM measured
),

told AS (
    SELECT
        'core.measurement' AS suite,
        'days_before_clock' AS column_name,
        code,
        test_name,
        unit_source_value AS units,
        'collected after the clock' AS what,
        line_number
    FROM measured
    WHERE days_before_clock < 0
    UNION ALL
    SELECT
        'core.measurement' AS suite,
        'age_days' AS column_name,
        code,
        test_name,
        unit_source_value AS units,
        if(age_days < 0, 'collected before birth', 'of an age above 120 years') AS what,
        line_number
    FROM measured
    WHERE age_days NOT BETWEEN 0 AND 44000
    UNION ALL
    SELECT
        'core.measurement' AS suite,
        'value_g_per_l' AS column_name,
        code,
        test_name,
        unit_source_value AS units,
        'below zero' AS what,
        line_number
    FROM measured
    WHERE value_g_per_l < 0
    UNION ALL
    SELECT
        'delivery.summary' AS suite,
        'share_opposite' AS column_name,
        code,
        test_name,
        units,
        if(laboratory_interpretation = 'H', 'low for us, high', 'high for us, low')
        || ' for its laboratory' AS what,
        line_number
    FROM opposed
    WHERE
        (laboratory_interpretation = 'H' AND class IN ('very_low', 'low'))
        OR (laboratory_interpretation = 'L' AND class = 'high')
    UNION ALL
    SELECT
        'level.median_shift' AS suite,
        'suspicion' AS column_name,
        d.code,
        d.test_name,
        d.units,
        'the median is about '
        || if(l.ratio > 1, 'x ', '1/') || (10 ** abs(round(log10(l.ratio))))::INTEGER
        || ' of all earlier ' || l.analyte AS what,
        i.line_number
    FROM level.median_shift AS l
    INNER JOIN result.disposition AS d ON l.facility = d.facility AND l.analyte = d.analyte
    SEMI JOIN new_source AS s ON d.facility = s.facility AND d.source_sha256 = s.source_sha256
    INNER JOIN raw.observation AS i
        ON
            d.facility = i.facility AND d.source_sha256 = i.source_sha256
            AND d.position = i.position
    WHERE l.is_new_batch AND l.suspicion = 'unit_swap'
)

SELECT
    suite,
    column_name,
    code,
    test_name,
    units,
    what,
    count(*) AS n,
    min(line_number) AS first_line
FROM told
GROUP BY ALL
ORDER BY n DESC, suite, column_name, code, units, what
