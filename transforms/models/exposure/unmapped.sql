-- exposure.unmapped: what of each patient no rule could read, and what stood in the way
-- grain: facility, patient_key, kind, code_system, code, name, reason_code
-- Of a start or an end that cannot be read no code is told: the day is what is to be mended. Of a standing
-- that nobody knows the field and the word are told in place of the code.
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
    t.code_system,
    t.code,
    t.name,
    if(r.is_stop AND p.end_date IS NULL, 'not_a_treatment', r.unmapped_reason) AS reason_code
FROM exposure.remaining AS p
INNER JOIN reason AS r ON p.exposure_hash = r.exposure_hash
INNER JOIN exposure.text AS t ON p.exposure_hash = t.exposure_hash
WHERE r.unmapped_reason IS NOT NULL OR (r.is_stop AND p.end_date IS NULL)
UNION
SELECT
    facility,
    patient_key,
    kind,
    NULL AS code_system,
    NULL AS code,
    NULL AS name,
    unnest([reason FOR reason IN [
        if(start_date_precision = 'unread', 'start_not_read', NULL),
        if(end_date_precision = 'unread', 'end_not_read', NULL),
        if(is_end_before_start, 'end_before_start', NULL)
    ] IF reason IS NOT NULL]) AS reason_code
FROM exposure.lasting
UNION
SELECT
    facility,
    patient_key,
    kind,
    split_part(unknown_statement, ' ', 1) AS code_system,
    substr(unknown_statement, strpos(unknown_statement, ' ') + 1) AS code,
    NULL AS name,
    'status_not_known' AS reason_code
FROM exposure.as_sent
WHERE idle_reason = 'status_not_known' AND coalesce(age_in_lists, 1) = 1
