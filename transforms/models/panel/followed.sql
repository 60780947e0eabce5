-- panel.followed: the panels of every patient with any evidence, for the course to follow
-- grain: measurement_id
-- What core.panel says, of the patients and rules of panel.patient_with_evidence alone.
SELECT
    measurement_id(s.id_prefix, p.index_result_number) AS measurement_id,
    p.index_analyte,
    k.patient_key,
    f.facility,
    f.laboratory,
    p.collected_at,
    p.age_days,
    k.sex,
    measurement_id(g_source.id_prefix, p.igg_row) AS igg_measurement_id,
    g.value_normalised AS igg_value,
    g.value_comparator AS igg_comparator,
    g.class AS igg_class,
    g.collected_at AS igg_collected_at,
    measurement_id(a_source.id_prefix, p.iga_row) AS iga_measurement_id,
    a.value_normalised AS iga_value,
    a.value_comparator AS iga_comparator,
    a.class AS iga_class,
    a.collected_at AS iga_collected_at,
    measurement_id(m_source.id_prefix, p.igm_row) AS igm_measurement_id,
    m.value_normalised AS igm_value,
    m.value_comparator AS igm_comparator,
    m.class AS igm_class,
    m.collected_at AS igm_collected_at,
    measurement_id(e_source.id_prefix, p.ige_row) AS ige_measurement_id,
    e.value_normalised AS ige_value,
    e.value_comparator AS ige_comparator,
    e.class AS ige_class,
    e_limit.upper_limit_max AS ige_upper_limit_max,
    l.lower_limit_min,
    l.lower_limit_max,
    coalesce(n.igg_subclasses, []) AS igg_subclasses,
    coalesce(n.low_igg_subclasses, []) AS low_igg_subclasses
FROM panel.evidence_member AS p
LEFT JOIN identity.person AS k ON p.person_number = k.rowid
LEFT JOIN lookup.source AS s ON source_of(p.index_result_number) = s.source_number
LEFT JOIN panel.evidence_result AS g ON p.igg_row = g.result_number
LEFT JOIN lookup.source AS g_source ON source_of(p.igg_row) = g_source.source_number
LEFT JOIN panel.evidence_result AS a ON p.iga_row = a.result_number
LEFT JOIN lookup.source AS a_source ON source_of(p.iga_row) = a_source.source_number
LEFT JOIN panel.evidence_result AS m ON p.igm_row = m.result_number
LEFT JOIN lookup.source AS m_source ON source_of(p.igm_row) = m_source.source_number
LEFT JOIN panel.evidence_result AS e ON p.ige_row = e.result_number
LEFT JOIN lookup.source AS e_source ON source_of(p.ige_row) = e_source.source_number
LEFT JOIN lookup.result_meaning AS f
    ON f.text_number = CASE p.index_analyte
        WHEN 'igg' THEN g.text_number
        WHEN 'iga' THEN a.text_number
        WHEN 'igm' THEN m.text_number
        WHEN 'ige' THEN e.text_number
    END
LEFT JOIN lookup.reference_limit AS l
    ON l.limit_number = CASE p.index_analyte
        WHEN 'igg' THEN g.limit_number
        WHEN 'iga' THEN a.limit_number
        WHEN 'igm' THEN m.limit_number
        WHEN 'ige' THEN e.limit_number
    END
LEFT JOIN lookup.reference_limit AS e_limit ON e.limit_number = e_limit.limit_number
LEFT JOIN panel.nearest_subclass AS n ON p.index_result_number = n.index_result_number
