-- core.measurement: one usable immunoglobulin result, normalised, with its class for age and sex
-- grain: measurement_id
-- joins as written: every right side is smaller than the results
-- result.classified beside what was sent; no flag depends on it.
SELECT
    measurement_id(s.id_prefix, m.result_number) AS measurement_id,
    p.patient_key,
    p.patient_id,
    p.assigning_authority,
    f.facility,
    f.laboratory,
    f.analyte,
    f.series,
    f.code,
    f.code_system,
    f.observation_text AS test_name,
    m.order_number,
    m.specimen_id,
    f.specimen_type,
    m.collected_at,
    coalesce(m.resulted_at, m.message_at) AS resulted_at,
    p.sex,
    p.birth_date,
    m.age_days,
    v.observation_value AS value_source_value,
    f.units AS unit_source_value,
    f.references_range AS reference_range_source_value,
    m.value_comparator,
    v.value_as_number,
    m.unit_ucum,
    c.unit_conversion_id,
    if(f.unit_normalised = 'g/L', m.value_normalised, NULL) AS value_g_per_l,
    if(f.unit_normalised = 'k[IU]/L', m.value_normalised, NULL) AS value_kiu_per_l,
    l.lower_limit_min,
    l.lower_limit_max,
    l.upper_limit_min,
    l.upper_limit_max,
    f.reference_set,
    m.class,
    coalesce(f.laboratory_interpretation, k.interpretation) AS laboratory_interpretation,
    -- what was confirmed or sent as final by another word is final
    if(f.status = 'corrected', f.status, 'final') AS status,
    m.comment,
    s.source_sha256,
    s.source_name,
    m.message_number,
    m.line_number,
    position_of(m.result_number) AS position
FROM result.classified AS m
LEFT JOIN lookup.value_text AS v ON m.value_number = v.value_number
LEFT JOIN lookup.result_meaning AS f ON m.text_number = f.text_number
LEFT JOIN lookup.source AS s ON source_of(m.result_number) = s.source_number
LEFT JOIN identity.identifier AS p ON m.identifier_number = p.identifier_number
LEFT JOIN lookup.reference_limit AS l ON m.limit_number = l.limit_number
LEFT JOIN knowledge.abnormal_flag AS k ON v.flag_in_value = k.as_sent
LEFT JOIN knowledge.unit_conversion AS c ON f.analyte = c.analyte AND m.unit_ucum = c.unit_ucum
