-- drugs, diagnoses, procedures and findings that nobody recognises, as sent, and in how many patients
-- grain: facility, kind, code_system, code, name, reason_code
-- Of an unknown word of standing the field and the word stand in code_system and code. All codes of a kind
-- that a feed sends without their system are one row more (system_not_stated).
WITH unread AS (
    SELECT
        facility,
        patient_key,
        kind,
        code_system,
        code,
        name,
        unmapped_reason AS reason_code
    FROM core.exposure
    WHERE unmapped_reason IS NOT NULL
    UNION ALL
    SELECT
        facility,
        patient_key,
        NULL AS kind,
        split_part(unknown_statement, ' ', 1) AS code_system,
        substr(unknown_statement, strpos(unknown_statement, ' ') + 1) AS code,
        NULL AS name,
        reason_code
    FROM core.exposure_set_aside
    WHERE reason_code = 'status_not_known'
    UNION ALL
    SELECT
        facility,
        patient_key,
        kind,
        NULL AS code_system,
        NULL AS code,
        NULL AS name,
        'system_not_stated' AS reason_code
    FROM core.exposure
    WHERE
        code IS NOT NULL AND code_system IS NULL
        AND unmapped_reason IN ('code_not_read', 'name_not_known', 'known_by_name_only')
)

SELECT
    facility,
    kind,
    code_system,
    code,
    name,
    reason_code,
    count(DISTINCT patient_key) AS n_patients
FROM unread
WHERE facility = coalesce($facility, facility)
GROUP BY ALL
ORDER BY n_patients DESC, facility, reason_code DESC, kind, code_system, code, name
