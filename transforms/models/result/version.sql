-- result.version: every version of an immunoglobulin result, its class, and its own first fault
-- grain: result_number
-- Texts are kept by number (lookup.result_meaning, lookup.source, identity.identifier); only what differs
-- from result to result stands here. reason_code is the first fault in the result itself: one with a
-- fault is kept and not used, and never rescaled. How a class and a contradicted unit are decided is
-- said in macro.sql.
-- joins as written: every right side is smaller than the results
WITH needed AS (
    SELECT
        parameter('*', 'range_ratio_tolerance_log10') AS tolerance,
        parameter('*', 'adult_range_match_log10') AS adult_match,
        parameter('*', 'collection_clock_skew_days') AS skew_days,
        make_date(parameter('*', 'earliest_collection_year')::INTEGER, 1, 1) AS earliest,
        parameter('*', 'very_low_age_split_days') AS split_days,
        parameter('*', 'very_low_igg_under_4y_g_per_l') AS very_low_igg_young,
        parameter('*', 'very_low_igg_from_4y_g_per_l') AS very_low_igg_old,
        parameter('*', 'very_low_iga_g_per_l') AS very_low_iga,
        parameter('*', 'very_low_igm_g_per_l') AS very_low_igm,
        parameter('*', 'very_low_igg_alone_from_days') AS alone_from_days,
        parameter('*', 'below_any_assay_from_age_days') AS assay_from_days,
        parameter('*', 'below_any_assay_iga_g_per_l') AS assay_floor_iga,
        parameter('*', 'below_any_assay_igm_g_per_l') AS assay_floor_igm
),

-- distances are in powers of ten: between the upper end printed and the one expected at this age (of
-- IgE the nearest that is in use at any age), and between either end printed and that of a plain adult
-- range
compared AS (
    SELECT
        i.*,
        p.tolerance,
        p.adult_match,
        CASE i.analyte
            WHEN 'igg' THEN if(i.age_days < p.split_days, p.very_low_igg_young, p.very_low_igg_old)
            WHEN 'iga' THEN p.very_low_iga
            WHEN 'igm' THEN p.very_low_igm
        END AS very_low_below,
        coalesce(i.analyte = 'igg' AND i.age_days >= p.alone_from_days, FALSE) AS is_very_low_alone,
        CASE WHEN i.value_comparator IS NULL AND i.age_days >= p.assay_from_days THEN CASE i.analyte
            WHEN 'iga' THEN p.assay_floor_iga
            WHEN 'igm' THEN p.assay_floor_igm
        END END AS assay_floor,
        i.collected_at < p.earliest
        OR epoch(i.collected_at) - epoch(i.message_at) > 86400 * p.skew_days AS is_no_collection,
        abs(log10(i.range_high_normalised / coalesce(
            if(i.range_in_use_max IS NULL, NULL, least(
                greatest(i.range_high_normalised, i.range_in_use_min), i.range_in_use_max
            )),
            i.upper_limit_max, i.adult_upper_limit
        ))) AS distance_expected,
        abs(log10(i.range_high_normalised / i.adult_upper_limit)) AS distance_adult_high,
        abs(log10(nullif(i.range_low_normalised, 0) / i.adult_lower_limit)) AS distance_adult_low
    FROM result.parsed AS i
    CROSS JOIN needed AS p
)

SELECT
    i.result_number,
    i.identifier_number,
    i.person_number,
    i.text_number,
    i.limit_number,
    i.order_number,
    i.placer_order_number,
    i.observation_sub_id,
    i.observation_instance_id,
    i.specimen_id,
    i.collected_at,
    i.resulted_at,
    i.message_at,
    i.message_at_utc,
    i.message_at_span_seconds,
    i.age_days,
    i.value_number,
    i.comment,
    i.message_number,
    i.line_number,
    i.value_comparator,
    i.unit_ucum,
    i.value_normalised,
    -- equal for all that may be versions of each other, and in practice for nothing else
    hash(
        i.person_number, i.analyte, i.series,
        coalesce(i.order_number, i.specimen_id, i.collected_at::VARCHAR)
    ) AS request_hash,
    class_of(i) AS class,
    CASE
        WHEN i.is_identity_held THEN 'patient_identity_held'
        WHEN i.is_no_result THEN 'observation_type_not_result'
        WHEN i.specimen_fault IS NOT NULL THEN i.specimen_fault
        WHEN i.status = 'retracted' THEN 'status_withdrawn'
        WHEN i.status = 'provisional' THEN 'status_provisional'
        WHEN i.status = 'no_value' THEN 'status_no_value'
        WHEN i.status = 'unknown' THEN 'status_unknown'
        WHEN i.collected_at IS NULL THEN 'collected_at_missing'
        WHEN i.is_no_collection THEN 'collected_at_implausible'
        WHEN i.collected_at::DATE > c.as_of THEN 'collected_after_as_of'
        WHEN i.value_fault IS NOT NULL THEN i.value_fault
        WHEN i.is_number_forbidden THEN 'value_type_forbids_number'
        WHEN i.contradiction IS NOT NULL THEN i.contradiction
        WHEN i.unit_ucum IS NULL THEN if(i.units IS NULL, 'unit_missing', 'unmapped_unit')
        WHEN i.unit_in_value <> i.unit_ucum THEN 'unit_contradicted_by_value'
        WHEN i.unit_conversion_id IS NULL THEN 'unmapped_unit'
        WHEN i.age_days < 0 THEN 'collected_before_birth'
        WHEN unit_contradicted(i) THEN 'unit_contradicted_by_range'
        WHEN
            (i.value_comparator IS NULL AND i.value_normalised <= q.min_exclusive)
            OR i.value_normalised > q.max_inclusive
            THEN q.reason_code
        WHEN i.value_normalised < i.assay_floor THEN 'below_any_assay'
        WHEN flag_contradicted(i) THEN 'flag_contradicts_value'
    END AS reason_code
FROM compared AS i
CROSS JOIN run.clock AS c
LEFT JOIN lookup.plausible_range AS q
    ON
        i.analyte = q.analyte AND coalesce(i.age_days, 0) >= q.age_low_days
        AND coalesce(i.age_days, 0) < q.age_high_days
