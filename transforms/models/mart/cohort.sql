-- mart.cohort: every flag with the patient's age, what the state was before and the latest values
-- grain: patient_key, rule_id
WITH latest AS (
    SELECT * FROM core.measurement
    SEMI JOIN flag.patient_flag USING (patient_key)
    WHERE series = 'total'
    QUALIFY row_number() OVER (
        PARTITION BY patient_key, analyte ORDER BY
            collected_at DESC, value_g_per_l DESC, value_kiu_per_l DESC, measurement_id DESC
    ) = 1
),

profile AS (
    SELECT
        l.patient_key,
        max(l.value_g_per_l) FILTER (WHERE l.analyte = 'igg') AS igg_g_per_l,
        max(l.value_g_per_l) FILTER (WHERE l.analyte = 'iga') AS iga_g_per_l,
        max(l.value_g_per_l) FILTER (WHERE l.analyte = 'igm') AS igm_g_per_l,
        list_sort(list_distinct(list(
            CASE
                WHEN l.class IN ('low', 'very_low') THEN k.hpo_low
                WHEN l.class = 'high' THEN k.hpo_high
            END
        ))) AS hpo
    FROM latest AS l
    INNER JOIN knowledge.analyte AS k ON l.analyte = k.analyte
    GROUP BY l.patient_key
)

SELECT
    f.patient_key,
    f.patient_id,
    f.assigning_authority,
    f.facility,
    k.clinic,
    f.rule_id,
    f.status,
    f.grade,
    f.urgent,
    f.sex,
    round(date_sub('month', f.birth_date, c.as_of) / 12.0, 1) AS age_years,
    f.n_counted,
    f.span_days,
    f.first_evidence_at,
    f.last_evidence_at,
    p.igg_g_per_l,
    p.iga_g_per_l,
    p.igm_g_per_l,
    coalesce(p.hpo, []) AS hpo,
    t.changed_on,
    t.previous_status,
    c.as_of
FROM flag.patient_flag AS f
CROSS JOIN run.clock AS c
LEFT JOIN flag.last_change AS t ON f.patient_key = t.patient_key AND f.rule_id = t.rule_id
LEFT JOIN profile AS p ON f.patient_key = p.patient_key
LEFT JOIN knowledge.facility AS k ON f.facility = k.facility
