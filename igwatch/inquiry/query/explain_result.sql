-- each usable result of one person: as sent, normalised, with its limits and its laboratory's word
-- grain: measurement_id
SELECT
    collected_at,
    collected_at::DATE AS collected_on,
    analyte,
    value_source_value AS value,
    unit_source_value AS unit,
    value_comparator AS comparator,
    coalesce(value_g_per_l, value_kiu_per_l) AS normalised,
    if(analyte = 'ige', 'kIU/L', 'g/L') AS normalised_unit,
    lower_limit_min,
    lower_limit_max,
    upper_limit_min,
    upper_limit_max,
    class,
    laboratory,
    laboratory_interpretation AS laboratory_says,
    reference_set,
    patient_id,
    assigning_authority,
    facility,
    source_name,
    message_number,
    line_number,
    measurement_id
FROM core.measurement
WHERE patient_key = $patient_key
ORDER BY collected_at, analyte, measurement_id
