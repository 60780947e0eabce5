-- every result of the patients in told.patient that may be an immunoglobulin's and is not used
-- grain: measurement_id
-- What is held because two people may be meant is nobody's: a system of others would keep it for one.
SELECT
    u.patient_key,
    u.measurement_id,
    u.facility,
    u.analyte,
    u.code,
    u.code_system,
    u.test_name,
    u.collected_at,
    u.value_source_value,
    u.unit_source_value,
    u.reference_range_source_value,
    u.reason_code,
    u.reason
FROM core.unusable AS u
SEMI JOIN told.patient AS t ON u.patient_key = t.patient_key
WHERE u.reason_code <> 'patient_identity_held'
ORDER BY u.patient_key, u.collected_at, u.code, u.measurement_id
