-- every measurement of the patients in told.patient
-- grain: measurement_id
SELECT
    m.patient_key,
    m.measurement_id,
    m.facility,
    m.laboratory,
    m.analyte,
    m.series,
    m.code,
    m.code_system,
    m.test_name,
    m.order_number,
    m.specimen_id,
    m.specimen_type,
    m.collected_at,
    m.resulted_at,
    m.value_source_value,
    m.unit_source_value,
    m.reference_range_source_value,
    m.value_comparator,
    m.value_as_number,
    m.unit_ucum,
    coalesce(m.value_g_per_l, m.value_kiu_per_l) AS value_normalised,
    m.lower_limit_min,
    m.lower_limit_max,
    m.upper_limit_min,
    m.upper_limit_max,
    m.reference_set,
    m.class,
    m.laboratory_interpretation,
    m.status,
    m.comment
FROM core.measurement AS m
SEMI JOIN told.patient AS t ON m.patient_key = t.patient_key
ORDER BY
    m.patient_key, m.collected_at, m.analyte, m.code, m.order_number, m.specimen_id, m.measurement_id
