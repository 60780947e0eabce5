-- core.isotype: the isotypes of a person measured at one time, side by side
-- grain: patient_key, collected_at
WITH r AS (
    SELECT measurement_id FROM core.rival
    WHERE place > 1
),

result AS (
    SELECT
        patient_key,
        collected_at,
        analyte,
        measurement_id,
        value_comparator,
        class,
        facility,
        laboratory,
        age_days,
        sex,
        order_number,
        specimen_id,
        lower_limit_min,
        lower_limit_max,
        upper_limit_max,
        coalesce(value_g_per_l, value_kiu_per_l) AS value
    FROM core.measurement
    ANTI JOIN r USING (measurement_id)
    WHERE series = 'total' AND analyte IN ('igg', 'iga', 'igm', 'ige')
)

SELECT
    patient_key,
    collected_at,
    any_value(age_days) AS age_days,
    any_value(sex) AS sex,
    any_value(measurement_id) FILTER (WHERE analyte = 'igg') AS igg_measurement_id,
    any_value(value) FILTER (WHERE analyte = 'igg') AS igg_value,
    any_value(value_comparator) FILTER (WHERE analyte = 'igg') AS igg_comparator,
    any_value(class) FILTER (WHERE analyte = 'igg') AS igg_class,
    any_value(facility) FILTER (WHERE analyte = 'igg') AS igg_facility,
    any_value(laboratory) FILTER (WHERE analyte = 'igg') AS igg_laboratory,
    any_value(lower_limit_min) FILTER (WHERE analyte = 'igg') AS igg_lower_limit_min,
    any_value(lower_limit_max) FILTER (WHERE analyte = 'igg') AS igg_lower_limit_max,
    any_value(measurement_id) FILTER (WHERE analyte = 'iga') AS iga_measurement_id,
    any_value(value) FILTER (WHERE analyte = 'iga') AS iga_value,
    any_value(value_comparator) FILTER (WHERE analyte = 'iga') AS iga_comparator,
    any_value(class) FILTER (WHERE analyte = 'iga') AS iga_class,
    any_value(measurement_id) FILTER (WHERE analyte = 'igm') AS igm_measurement_id,
    any_value(value) FILTER (WHERE analyte = 'igm') AS igm_value,
    any_value(value_comparator) FILTER (WHERE analyte = 'igm') AS igm_comparator,
    any_value(class) FILTER (WHERE analyte = 'igm') AS igm_class,
    any_value(facility) FILTER (WHERE analyte = 'igm') AS igm_facility,
    any_value(laboratory) FILTER (WHERE analyte = 'igm') AS igm_laboratory,
    any_value(lower_limit_min) FILTER (WHERE analyte = 'igm') AS igm_lower_limit_min,
    any_value(lower_limit_max) FILTER (WHERE analyte = 'igm') AS igm_lower_limit_max,
    any_value(measurement_id) FILTER (WHERE analyte = 'ige') AS ige_measurement_id,
    any_value(value) FILTER (WHERE analyte = 'ige') AS ige_value,
    any_value(value_comparator) FILTER (WHERE analyte = 'ige') AS ige_comparator,
    any_value(class) FILTER (WHERE analyte = 'ige') AS ige_class,
    any_value(upper_limit_max) FILTER (WHERE analyte = 'ige') AS ige_upper_limit_max
FROM result
GROUP BY patient_key, collected_at
