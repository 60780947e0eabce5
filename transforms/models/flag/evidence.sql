-- flag.evidence: the dated results behind each flag, what each was read as, counted or not, and why
-- grain: patient_key, rule_id, event_number, role, analyte
-- A step about a result cites it as index and the other isotypes of its panel as context.
WITH cited AS (
    SELECT
        s.patient_key,
        s.rule_id,
        s.event_number,
        s.event,
        s.is_counted,
        s.reason_code,
        s.reason,
        s.status_after,
        s.measurement_id AS index_id,
        unnest([
            s.igg_measurement_id, s.iga_measurement_id, s.igm_measurement_id, s.ige_measurement_id
        ]) AS measurement_id
    FROM flag.step AS s
    SEMI JOIN flag.standing AS f
        ON s.patient_key = f.patient_key AND s.rule_id = f.rule_id
)

SELECT
    c.patient_key,
    c.rule_id,
    c.event_number,
    c.event,
    c.is_counted,
    c.reason_code,
    c.reason,
    c.status_after,
    if(c.measurement_id = c.index_id, 'index', 'context') AS role,
    c.measurement_id,
    m.analyte,
    m.collected_at,
    m.age_days,
    m.value_source_value,
    m.unit_source_value,
    m.value_comparator,
    m.value_g_per_l,
    m.value_kiu_per_l,
    m.lower_limit_min,
    m.lower_limit_max,
    m.upper_limit_min,
    m.upper_limit_max,
    m.class,
    m.laboratory,
    m.laboratory_interpretation,
    m.facility,
    m.source_name,
    m.source_sha256,
    m.message_number,
    m.position,
    n.quality_note
FROM cited AS c
INNER JOIN core.measurement AS m ON c.measurement_id = m.measurement_id
LEFT JOIN flag.result_note AS n ON c.measurement_id = n.measurement_id
