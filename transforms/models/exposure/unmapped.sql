-- exposure.unmapped: what of each patient no rule could read, and what stood in the way
-- grain: facility, patient_key, kind, code_system, code, name, reason_code
WITH reason AS (
    SELECT
        exposure_hash,
        any_value(unmapped_reason) AS unmapped_reason,
        bool_or(is_stop) AS is_stop
    FROM exposure.meaning
    GROUP BY exposure_hash
)

SELECT
    p.facility,
    p.patient_key,
    p.kind,
    p.code_system,
    p.code,
    p.name,
    if(r.is_stop AND p.end_date IS NULL, 'not_a_treatment', r.unmapped_reason) AS reason_code
FROM exposure.remaining AS p
INNER JOIN reason AS r ON p.exposure_hash = r.exposure_hash
WHERE r.unmapped_reason IS NOT NULL OR (r.is_stop AND p.end_date IS NULL)
UNION
SELECT
    facility,
    patient_key,
    kind,
    NULL AS code_system,
    NULL AS code,
    NULL AS name,
    'start_not_read' AS reason_code
FROM exposure.remaining
WHERE start_date_precision = 'unread'
UNION
SELECT
    facility,
    patient_key,
    kind,
    NULL AS code_system,
    NULL AS code,
    NULL AS name,
    'end_not_read' AS reason_code
FROM exposure.remaining
WHERE end_date_precision = 'unread'
