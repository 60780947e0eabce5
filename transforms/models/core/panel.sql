-- core.panel: one IgM or IgG result with the nearest result of each other isotype
-- grain: measurement_id
-- Same time or specimen first, else the nearest day within the panel window; never across patients.
-- igg_/iga_/igm_/ige_joined_by says which of these it was.
WITH r AS (
    SELECT measurement_id FROM core.rival
    WHERE place > 1
),

indexed AS (
    SELECT
        x.index_analyte,
        if(x.index_analyte = 'igm', i.igm_measurement_id, i.igg_measurement_id) AS measurement_id,
        if(x.index_analyte = 'igm', i.igm_facility, i.igg_facility) AS facility,
        if(x.index_analyte = 'igm', i.igm_laboratory, i.igg_laboratory) AS laboratory,
        if(x.index_analyte = 'igm', i.igm_lower_limit_min, i.igg_lower_limit_min)
            AS lower_limit_min,
        if(x.index_analyte = 'igm', i.igm_lower_limit_max, i.igg_lower_limit_max)
            AS lower_limit_max,
        i.*
    FROM core.isotype AS i
    CROSS JOIN (VALUES ('igg'), ('igm')) AS x (index_analyte)
    WHERE if(x.index_analyte = 'igm', i.igm_value, i.igg_value) IS NOT NULL
    UNION ALL BY NAME
    SELECT
        m.analyte AS index_analyte,
        m.measurement_id,
        m.facility,
        m.laboratory,
        m.lower_limit_min,
        m.lower_limit_max,
        i.* REPLACE (
            if(m.analyte = 'igg', m.measurement_id, i.igg_measurement_id) AS igg_measurement_id,
            if(m.analyte = 'igg', m.value_g_per_l, i.igg_value) AS igg_value,
            if(m.analyte = 'igg', m.value_comparator, i.igg_comparator) AS igg_comparator,
            if(m.analyte = 'igg', m.class, i.igg_class) AS igg_class,
            if(m.analyte = 'igm', m.measurement_id, i.igm_measurement_id) AS igm_measurement_id,
            if(m.analyte = 'igm', m.value_g_per_l, i.igm_value) AS igm_value,
            if(m.analyte = 'igm', m.value_comparator, i.igm_comparator) AS igm_comparator,
            if(m.analyte = 'igm', m.class, i.igm_class) AS igm_class
        )
    FROM core.measurement AS m
    SEMI JOIN r
        ON m.measurement_id = r.measurement_id
    INNER JOIN core.isotype AS i
        ON m.patient_key = i.patient_key AND m.collected_at = i.collected_at
    WHERE m.analyte IN ('igg', 'igm')
),

g AS (FROM core.near_isotype
WHERE analyte = 'igg'
),

a AS (FROM core.near_isotype
WHERE analyte = 'iga'
),

m AS (FROM core.near_isotype
WHERE analyte = 'igm'
),

e AS (FROM core.near_isotype
WHERE analyte = 'ige'
)

SELECT
    p.measurement_id,
    p.index_analyte,
    p.patient_key,
    p.facility,
    p.laboratory,
    p.collected_at,
    p.age_days,
    p.sex,
    coalesce(p.igg_measurement_id, g.measurement_id) AS igg_measurement_id,
    coalesce(p.igg_value, g.value) AS igg_value,
    coalesce(p.igg_comparator, g.value_comparator) AS igg_comparator,
    coalesce(p.igg_class, g.class) AS igg_class,
    CASE
        WHEN p.index_analyte = 'igg' THEN 'index'
        WHEN p.igg_value IS NOT NULL THEN 'specimen'
        ELSE g.joined_by
    END AS igg_joined_by,
    coalesce(p.iga_measurement_id, a.measurement_id) AS iga_measurement_id,
    coalesce(p.iga_value, a.value) AS iga_value,
    coalesce(p.iga_comparator, a.value_comparator) AS iga_comparator,
    coalesce(p.iga_class, a.class) AS iga_class,
    if(p.iga_value IS NOT NULL, 'specimen', a.joined_by) AS iga_joined_by,
    coalesce(p.igm_measurement_id, m.measurement_id) AS igm_measurement_id,
    coalesce(p.igm_value, m.value) AS igm_value,
    coalesce(p.igm_comparator, m.value_comparator) AS igm_comparator,
    coalesce(p.igm_class, m.class) AS igm_class,
    CASE
        WHEN p.index_analyte = 'igm' THEN 'index'
        WHEN p.igm_value IS NOT NULL THEN 'specimen'
        ELSE m.joined_by
    END AS igm_joined_by,
    coalesce(p.ige_measurement_id, e.measurement_id) AS ige_measurement_id,
    coalesce(p.ige_value, e.value) AS ige_value,
    coalesce(p.ige_comparator, e.value_comparator) AS ige_comparator,
    coalesce(p.ige_class, e.class) AS ige_class,
    coalesce(p.ige_upper_limit_max, e.upper_limit_max) AS ige_upper_limit_max,
    if(p.ige_value IS NOT NULL, 'specimen', e.joined_by) AS ige_joined_by,
    p.lower_limit_min,
    p.lower_limit_max,
    coalesce(s.igg_subclasses, []) AS igg_subclasses,
    coalesce(s.low_igg_subclasses, []) AS low_igg_subclasses
FROM indexed AS p
LEFT JOIN core.near_subclass AS s ON p.measurement_id = s.measurement_id
LEFT JOIN g ON p.measurement_id = g.index_id
LEFT JOIN a ON p.measurement_id = a.index_id
LEFT JOIN m ON p.measurement_id = m.index_id
LEFT JOIN e ON p.measurement_id = e.index_id
