-- core.fault: the first thing that keeps the version that counts of a result from being used
-- grain: result_row
-- The range printed beside a value carries the value's unit (HL7 v2 chapter 7, OBX-7): when its upper
-- end lies far from what is expected in the unit claimed, at this age and as a plain adult range too,
-- the unit is contradicted and the result is held. It is never rescaled.
WITH parameter AS (
    SELECT
        max(value) FILTER (WHERE parameter = 'range_ratio_tolerance_log10') AS tolerance,
        max(value) FILTER (WHERE parameter = 'adult_range_match_log10') AS adult_match
    FROM knowledge.rule_parameter
),

contradicted AS (
    SELECT n.result_row
    FROM core.numeric_result AS n
    CROSS JOIN parameter AS p
    WHERE
        abs(log10(n.range_high_normalised / coalesce(n.upper_limit_max, n.adult_upper_limit)))
        > p.tolerance
        AND NOT coalesce(
            abs(log10(n.range_high_normalised / n.adult_upper_limit)) <= p.adult_match
            AND abs(log10(n.range_low_normalised / n.adult_lower_limit)) <= p.adult_match, false
        )
),

worded AS (
    SELECT
        t.value_text,
        arg_min(w.reason_code, w.sort_order) AS reason_code
    FROM (
        SELECT DISTINCT lower(value_text) AS value_text
        FROM core.value
        WHERE value_fault = 'value_not_numeric'
    ) AS t
    INNER JOIN knowledge.value_word AS w ON regexp_matches(t.value_text, w.pattern)
    GROUP BY t.value_text
),

implausible AS (
    SELECT
        n.result_row,
        min(p.reason_code) AS reason_code
    FROM core.numeric_result AS n
    INNER JOIN knowledge.plausibility AS p
        ON
            n.analyte = p.analyte
            AND coalesce(n.age_days, 0) >= coalesce(p.age_from_days, 0)
            AND (
                (n.value_comparator IS NULL AND n.value_normalised <= p.min_exclusive)
                OR n.value_normalised > p.max_inclusive
            )
    GROUP BY n.result_row
),

judged AS (
    SELECT
        i.result_row,
        CASE
            WHEN NOT sp.is_accepted THEN 'specimen_not_accepted'
            WHEN i.specimen_type IS NOT NULL AND sp.as_sent IS NULL THEN 'specimen_unknown_to_us'
            WHEN i.status = 'retracted' THEN 'status_withdrawn'
            WHEN i.status = 'provisional' THEN 'status_provisional'
            WHEN i.status = 'no_value' THEN 'status_no_value'
            WHEN i.status = 'unknown' THEN 'status_unknown'
            WHEN i.collected_at IS NULL THEN 'collected_at_missing'
            WHEN i.collected_at::DATE > c.as_of THEN 'collected_after_as_of'
            WHEN v.value_fault = 'value_not_numeric' THEN coalesce(w.reason_code, v.value_fault)
            WHEN v.value_fault IS NOT NULL THEN v.value_fault
            WHEN n.unit_used IS NULL THEN 'unit_missing'
            WHEN n.unit_conversion_id IS NULL THEN 'unmapped_unit'
            WHEN v.age_days < 0 THEN 'collected_before_birth'
            WHEN x.result_row IS NOT NULL THEN 'unit_contradicted_by_range'
            ELSE p.reason_code
        END AS reason_code
    FROM core.value AS v
    CROSS JOIN run.clock AS c
    INNER JOIN core.immunoglobulin AS i ON v.result_row = i.result_row
    INNER JOIN core.numeric_result AS n ON v.result_row = n.result_row
    LEFT JOIN knowledge.specimen AS sp ON lower(trim(i.specimen_type)) = sp.as_sent
    LEFT JOIN worded AS w ON lower(v.value_text) = w.value_text
    LEFT JOIN contradicted AS x ON v.result_row = x.result_row
    LEFT JOIN implausible AS p ON v.result_row = p.result_row
)

SELECT result_row, reason_code
FROM judged
WHERE reason_code IS NOT NULL
