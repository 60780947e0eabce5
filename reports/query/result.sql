-- every immunoglobulin result of a clinic's patients, in order of collection
-- grain: measurement_id
-- linked_id: the number that the result itself was sent under, of a patient whom links join.
WITH linked AS (
    SELECT DISTINCT patient_key
    FROM core.patient_alias
    WHERE joined_by = 'link'
)

SELECT
    m.patient_key,
    m.measurement_id,
    m.analyte,
    m.series,
    m.collected_at,
    m.age_days,
    m.value_source_value,
    m.unit_source_value,
    m.value_comparator,
    coalesce(m.value_g_per_l, m.value_kiu_per_l) AS value,
    m.lower_limit_min,
    m.lower_limit_max,
    m.upper_limit_min,
    m.upper_limit_max,
    m.class,
    m.facility,
    m.laboratory,
    m.laboratory_interpretation,
    m.status,
    m.comment,
    m.source_name,
    m.source_sha256,
    m.message_number,
    n.message_control_id,
    m.position,
    q.requester,
    q.attending_doctor,
    q.requested_from,
    if(l.patient_key IS NOT NULL, m.patient_id, NULL) AS linked_id,
    if(l.patient_key IS NOT NULL, m.assigning_authority, NULL) AS linked_authority
FROM core.measurement AS m
LEFT JOIN mart.source_message AS n ON m.measurement_id = n.measurement_id
LEFT JOIN mart.requester AS q ON m.measurement_id = q.measurement_id
LEFT JOIN linked AS l ON m.patient_key = l.patient_key
WHERE m.patient_key IN (SELECT patient_key FROM mart.cohort WHERE clinic IS NOT DISTINCT FROM $1)
ORDER BY
    m.patient_key, m.collected_at,
    list_position(['igg', 'iga', 'igm', 'ige'], m.analyte) NULLS LAST, m.analyte, m.measurement_id
