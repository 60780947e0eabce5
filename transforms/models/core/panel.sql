-- core.panel: one IgM or IgG result with the nearest result of each other isotype
-- grain: measurement_id
-- Same specimen first, else the nearest day within the panel window, the earlier of two equally near;
-- never across patients. igg_/iga_/igm_/ige_joined_by says which of these it was.
WITH result AS (
    SELECT *, coalesce(value_g_per_l, value_kiu_per_l) AS value
    FROM core.measurement
    WHERE series = 'total' AND analyte IN ('igg', 'iga', 'igm', 'ige')
),

indexed AS (
    SELECT
        i.measurement_id AS index_id,
        r.*,
        CASE
            WHEN r.measurement_id = i.measurement_id THEN 'index'
            WHEN
                r.collected_at = i.collected_at OR r.specimen_id = i.specimen_id
                OR (r.order_number = i.order_number AND r.facility = i.facility) THEN 'specimen'
            ELSE 'window'
        END AS joined_by,
        date_diff('day', i.collected_at::DATE, r.collected_at::DATE) AS days_after
    FROM result AS i
    INNER JOIN result AS r ON i.patient_key = r.patient_key
    WHERE
        i.analyte IN ('igm', 'igg')
        AND (r.analyte <> i.analyte OR r.measurement_id = i.measurement_id)
        AND abs(date_diff('day', i.collected_at::DATE, r.collected_at::DATE)) <= (
            SELECT max(value) FROM knowledge.rule_parameter WHERE parameter = 'panel_window_days'
        )
),

nearest AS (
    SELECT * FROM indexed
    QUALIFY row_number() OVER (
        PARTITION BY index_id, analyte
        ORDER BY
            abs(days_after), joined_by = 'window', days_after, collected_at, measurement_id
    ) = 1
)

SELECT
    index_id AS measurement_id,
    any_value(analyte) FILTER (WHERE joined_by = 'index') AS index_analyte,
    any_value(patient_key) AS patient_key,
    any_value(facility) FILTER (WHERE joined_by = 'index') AS facility,
    any_value(laboratory) FILTER (WHERE joined_by = 'index') AS laboratory,
    any_value(collected_at) FILTER (WHERE joined_by = 'index') AS collected_at,
    any_value(age_days) FILTER (WHERE joined_by = 'index') AS age_days,
    any_value(sex) AS sex,
    any_value(measurement_id) FILTER (WHERE analyte = 'igg') AS igg_measurement_id,
    any_value(value) FILTER (WHERE analyte = 'igg') AS igg_value,
    any_value(value_comparator) FILTER (WHERE analyte = 'igg') AS igg_comparator,
    any_value(class) FILTER (WHERE analyte = 'igg') AS igg_class,
    any_value(joined_by) FILTER (WHERE analyte = 'igg') AS igg_joined_by,
    any_value(measurement_id) FILTER (WHERE analyte = 'iga') AS iga_measurement_id,
    any_value(value) FILTER (WHERE analyte = 'iga') AS iga_value,
    any_value(value_comparator) FILTER (WHERE analyte = 'iga') AS iga_comparator,
    any_value(class) FILTER (WHERE analyte = 'iga') AS iga_class,
    any_value(joined_by) FILTER (WHERE analyte = 'iga') AS iga_joined_by,
    any_value(measurement_id) FILTER (WHERE analyte = 'igm') AS igm_measurement_id,
    any_value(value) FILTER (WHERE analyte = 'igm') AS igm_value,
    any_value(value_comparator) FILTER (WHERE analyte = 'igm') AS igm_comparator,
    any_value(class) FILTER (WHERE analyte = 'igm') AS igm_class,
    any_value(joined_by) FILTER (WHERE analyte = 'igm') AS igm_joined_by,
    any_value(measurement_id) FILTER (WHERE analyte = 'ige') AS ige_measurement_id,
    any_value(value) FILTER (WHERE analyte = 'ige') AS ige_value,
    any_value(value_comparator) FILTER (WHERE analyte = 'ige') AS ige_comparator,
    any_value(class) FILTER (WHERE analyte = 'ige') AS ige_class,
    any_value(upper_limit_max) FILTER (WHERE analyte = 'ige') AS ige_upper_limit_max,
    any_value(joined_by) FILTER (WHERE analyte = 'ige') AS ige_joined_by,
    any_value(lower_limit_min) FILTER (WHERE joined_by = 'index') AS lower_limit_min,
    any_value(lower_limit_max) FILTER (WHERE joined_by = 'index') AS lower_limit_max
FROM nearest
GROUP BY index_id
