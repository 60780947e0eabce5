-- core.own_fault: the first thing in a result itself that keeps the version that counts from being used
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

old AS (SELECT result_row FROM core.version
WHERE version_rank > 1
),

counting AS (
    SELECT
        i.result_row,
        i.analyte,
        i.specimen_type,
        i.status,
        i.is_identity_held,
        i.collected_at,
        i.age_days,
        i.units,
        i.unit_in_value,
        i.unit_ucum,
        i.unit_conversion_id,
        i.value_fault,
        i.value_comparator,
        i.value_normalised,
        i.upper_limit_max,
        i.range_low_normalised,
        i.range_high_normalised,
        i.reference_set
    FROM core.immunoglobulin AS i
    ANTI JOIN old
        ON i.result_row = old.result_row
),

judged AS (
    SELECT
        i.result_row,
        CASE
            WHEN i.is_identity_held THEN 'patient_identity_held'
            WHEN NOT sp.is_accepted THEN 'specimen_not_accepted'
            WHEN i.specimen_type IS NOT NULL AND sp.as_sent IS NULL THEN 'specimen_unknown_to_us'
            WHEN i.status = 'retracted' THEN 'status_withdrawn'
            WHEN i.status = 'provisional' THEN 'status_provisional'
            WHEN i.status = 'no_value' THEN 'status_no_value'
            WHEN i.status = 'unknown' THEN 'status_unknown'
            WHEN i.collected_at IS NULL THEN 'collected_at_missing'
            WHEN i.collected_at::DATE > c.as_of THEN 'collected_after_as_of'
            WHEN i.value_fault IS NOT NULL THEN i.value_fault
            WHEN i.unit_ucum IS NULL THEN if(i.units IS NULL, 'unit_missing', 'unmapped_unit')
            WHEN i.unit_in_value <> i.unit_ucum THEN 'unit_contradicted_by_value'
            WHEN i.unit_conversion_id IS NULL THEN 'unmapped_unit'
            WHEN i.age_days < 0 THEN 'collected_before_birth'
            WHEN
                abs(log10(
                    i.range_high_normalised / coalesce(i.upper_limit_max, a.adult_upper_limit)
                )) > p.tolerance
                AND NOT coalesce(
                    abs(log10(i.range_high_normalised / a.adult_upper_limit)) <= p.adult_match
                    AND i.range_low_normalised > 0
                    AND abs(log10(i.range_low_normalised / a.adult_lower_limit)) <= p.adult_match,
                    FALSE
                )
                THEN 'unit_contradicted_by_range'
            WHEN
                (i.value_comparator IS NULL AND i.value_normalised <= q.min_exclusive)
                OR i.value_normalised > q.max_inclusive
                THEN q.reason_code
        END AS reason_code
    FROM counting AS i
    CROSS JOIN run.clock AS c
    CROSS JOIN parameter AS p
    LEFT JOIN knowledge.specimen AS sp ON lower(trim(i.specimen_type)) = sp.as_sent
    LEFT JOIN core.adult_limit AS a
        ON i.reference_set = a.reference_set AND i.analyte = a.analyte
    LEFT JOIN core.plausible_range AS q
        ON
            i.analyte = q.analyte AND coalesce(i.age_days, 0) >= q.age_low_days
            AND coalesce(i.age_days, 0) < q.age_high_days
)

SELECT
    result_row,
    reason_code
FROM judged
WHERE reason_code IS NOT NULL
