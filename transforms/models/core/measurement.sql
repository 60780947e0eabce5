-- core.measurement: one usable immunoglobulin result, normalised, with its class for age and sex
-- grain: measurement_id
-- Classes as rules 9.1: low only below the lowest lower limit of the tables in use, between the
-- lowest and the highest it is borderline. '<b' is low only if b itself is not above the limit, and
-- so is a value that is the laboratory's hidden floor (core.hidden_floor).
WITH cut AS (
    SELECT
        max(value) FILTER (WHERE parameter = 'very_low_age_split_days') AS split_days,
        max(value) FILTER (WHERE parameter = 'very_low_igg_under_4y_g_per_l') AS igg_young,
        max(value) FILTER (WHERE parameter = 'very_low_igg_from_4y_g_per_l') AS igg_old,
        max(value) FILTER (WHERE parameter = 'very_low_iga_g_per_l') AS iga,
        max(value) FILTER (WHERE parameter = 'very_low_igm_g_per_l') AS igm
    FROM knowledge.rule_parameter
),

excluded AS (
    SELECT result_row FROM core.version
    WHERE version_rank > 1
    UNION ALL
    SELECT result_row FROM core.fault
),

usable AS (
    SELECT
        i.*,
        if(h.floor IS NULL, i.value_comparator, '<=') AS known_comparator,
        CASE i.analyte
            WHEN 'igg' THEN if(i.age_days < c.split_days, c.igg_young, c.igg_old)
            WHEN 'iga' THEN c.iga
            WHEN 'igm' THEN c.igm
        END AS very_low_cut
    FROM core.immunoglobulin AS i
    CROSS JOIN cut AS c
    ANTI JOIN excluded AS x ON i.result_row = x.result_row
    LEFT JOIN core.hidden_floor AS h
        ON
            i.facility = h.facility AND i.laboratory = h.laboratory AND i.analyte = h.analyte
            AND i.series = h.series AND i.value_normalised = h.floor
            AND i.value_comparator IS NULL AND i.lower_limit_min < h.floor
)

SELECT
    u.measurement_id,
    u.patient_key,
    u.patient_id,
    u.assigning_authority,
    u.facility,
    u.laboratory,
    u.analyte,
    u.series,
    u.code,
    u.code_system,
    u.observation_text AS test_name,
    u.order_number,
    u.specimen_id,
    u.specimen_type,
    u.collected_at,
    coalesce(u.resulted_at, u.message_at) AS resulted_at,
    u.sex,
    u.birth_date,
    u.age_days,
    u.observation_value AS value_source_value,
    u.units AS unit_source_value,
    u.references_range AS reference_range_source_value,
    u.value_comparator,
    u.value_as_number,
    u.unit_ucum,
    u.unit_conversion_id,
    if(u.unit_normalised = 'g/L', u.value_normalised, NULL) AS value_g_per_l,
    if(u.unit_normalised = 'k[IU]/L', u.value_normalised, NULL) AS value_kiu_per_l,
    u.lower_limit_min,
    u.lower_limit_max,
    u.upper_limit_min,
    u.upper_limit_max,
    u.reference_set,
    CASE
        WHEN u.upper_limit_max IS NULL AND u.lower_limit_min IS NULL THEN 'not_classed'
        WHEN u.known_comparator IN ('<', '<=')
            THEN
                CASE
                    WHEN
                        u.value_normalised <= least(u.very_low_cut, u.lower_limit_min)
                        AND u.very_low_cut IS NOT NULL THEN 'very_low'
                    WHEN u.value_normalised <= u.lower_limit_min THEN 'low'
                    ELSE 'censored_unresolved'
                END
        WHEN u.known_comparator IN ('>', '>=')
            THEN
                if(u.value_normalised >= u.upper_limit_max, 'high', 'censored_unresolved')
        WHEN u.value_normalised < u.lower_limit_min
            THEN if(coalesce(u.value_normalised < u.very_low_cut, FALSE), 'very_low', 'low')
        WHEN u.value_normalised < u.lower_limit_max THEN 'borderline_low'
        WHEN u.value_normalised > u.upper_limit_max THEN 'high'
        WHEN u.value_normalised > u.upper_limit_min THEN 'borderline_high'
        ELSE 'normal'
    END AS class,
    a.interpretation AS laboratory_interpretation,
    u.status,
    u.comment,
    u.source_sha256,
    u.source_name,
    u.message_number,
    u.line_number,
    u.position
FROM usable AS u
LEFT JOIN knowledge.abnormal_flag AS a
    ON upper(trim(split_part(u.abnormal_flags, '~', 1))) = a.as_sent
