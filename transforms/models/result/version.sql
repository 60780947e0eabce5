-- result.version: every version of an immunoglobulin result, its class, and what is wrong with it itself
-- grain: result_number
-- Texts are kept by number (lookup.result_meaning, lookup.source, identity.identifier); only what differs from result to
-- result stands here. reason_code is the first fault in the result itself. The range printed beside a
-- value carries the value's unit (HL7 v2 chapter 7, OBX-7): when its upper end lies far from what is
-- expected in the unit claimed, at this age and as a plain adult range too, the unit is contradicted
-- and the result is held. It is never rescaled.
-- Classes as rules 9.1: low only below the lowest lower limit of the tables in use, between the lowest
-- and the highest it is borderline. '<b' is low only if b itself is not above the limit.
WITH parameter AS (
    SELECT
        max(value) FILTER (WHERE parameter = 'range_ratio_tolerance_log10') AS tolerance,
        max(value) FILTER (WHERE parameter = 'adult_range_match_log10') AS adult_match,
        max(value) FILTER (WHERE parameter = 'very_low_age_split_days') AS split_days,
        max(value) FILTER (WHERE parameter = 'very_low_igg_under_4y_g_per_l') AS igg_young,
        max(value) FILTER (WHERE parameter = 'very_low_igg_from_4y_g_per_l') AS igg_old,
        max(value) FILTER (WHERE parameter = 'very_low_iga_g_per_l') AS iga,
        max(value) FILTER (WHERE parameter = 'very_low_igm_g_per_l') AS igm
    FROM knowledge.rule_parameter
),

read AS (
    SELECT
        i.*,
        p.*,
        CASE i.analyte
            WHEN 'igg' THEN if(i.age_days < p.split_days, p.igg_young, p.igg_old)
            WHEN 'iga' THEN p.iga
            WHEN 'igm' THEN p.igm
        END AS very_low_cut
    FROM result.parsed AS i
    CROSS JOIN parameter AS p
)

SELECT
    i.result_number,
    i.identifier_number,
    i.person_number,
    i.text_number,
    i.limit_number,
    i.order_number,
    i.observation_sub_id,
    i.observation_instance_id,
    i.specimen_id,
    i.collected_at,
    i.resulted_at,
    i.message_at,
    i.age_days,
    i.value_number,
    i.comment,
    i.message_number,
    i.line_number,
    i.value_comparator,
    i.unit_ucum,
    i.value_normalised,
    -- equal for all that may be versions of each other, and in practice for nothing else
    hash(i.person_number, i.analyte, i.series, i.order_number) AS request_hash,
    CASE
        WHEN i.upper_limit_max IS NULL AND i.lower_limit_min IS NULL THEN 'not_classed'
        WHEN i.value_comparator IN ('<', '<=')
            THEN
                CASE
                    WHEN
                        i.value_normalised <= least(i.very_low_cut, i.lower_limit_min)
                        AND i.very_low_cut IS NOT NULL THEN 'very_low'
                    WHEN i.value_normalised <= i.lower_limit_min THEN 'low'
                    ELSE 'censored_unresolved'
                END
        WHEN i.value_comparator IN ('>', '>=')
            THEN if(i.value_normalised >= i.upper_limit_max, 'high', 'censored_unresolved')
        WHEN i.value_normalised < i.lower_limit_min
            THEN if(coalesce(i.value_normalised < i.very_low_cut, FALSE), 'very_low', 'low')
        WHEN i.value_normalised < i.lower_limit_max THEN 'borderline_low'
        WHEN i.value_normalised > i.upper_limit_max THEN 'high'
        WHEN i.value_normalised > i.upper_limit_min THEN 'borderline_high'
        ELSE 'normal'
    END AS class,
    CASE
        WHEN i.is_identity_held THEN 'patient_identity_held'
        WHEN i.specimen_fault IS NOT NULL THEN i.specimen_fault
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
                i.range_high_normalised / coalesce(i.upper_limit_max, i.adult_upper_limit)
            )) > i.tolerance
            AND NOT coalesce(
                abs(log10(i.range_high_normalised / i.adult_upper_limit)) <= i.adult_match
                AND i.range_low_normalised > 0
                AND abs(log10(i.range_low_normalised / i.adult_lower_limit)) <= i.adult_match,
                FALSE
            )
            THEN 'unit_contradicted_by_range'
        WHEN
            (i.value_comparator IS NULL AND i.value_normalised <= q.min_exclusive)
            OR i.value_normalised > q.max_inclusive
            THEN q.reason_code
    END AS reason_code
FROM read AS i
CROSS JOIN run.clock AS c
LEFT JOIN lookup.plausible_range AS q
    ON
        i.analyte = q.analyte AND coalesce(i.age_days, 0) >= q.age_low_days
        AND coalesce(i.age_days, 0) < q.age_high_days
