-- core.unusable: every result that may be an immunoglobulin's and counts for nothing, and the reason
-- grain: measurement_id
WITH held AS (
    SELECT
        measurement_id, patient_key, facility, analyte, observation_identifier, coding_system,
        observation_text, collected_at, observation_value, units, references_range, reason_code,
        source_sha256, source_name, message_number, line_number, position
    FROM core.other_result
    UNION ALL
    SELECT
        i.measurement_id, i.patient_key, i.facility, i.analyte, i.observation_identifier,
        i.coding_system, i.observation_text, i.collected_at, i.observation_value, i.units,
        i.references_range, f.reason_code, i.source_sha256, i.source_name, i.message_number,
        i.line_number, i.position
    FROM core.immunoglobulin AS i
    INNER JOIN core.fault AS f ON i.result_row = f.result_row
)

SELECT
    h.measurement_id,
    h.patient_key,
    h.facility,
    h.analyte,
    h.observation_identifier AS code,
    h.coding_system AS code_system,
    h.observation_text AS test_name,
    h.collected_at,
    h.observation_value AS value_source_value,
    h.units AS unit_source_value,
    h.references_range AS reference_range_source_value,
    h.reason_code,
    r.sentence AS reason,
    h.source_sha256,
    h.source_name,
    h.message_number,
    h.line_number,
    h.position
FROM held AS h
INNER JOIN knowledge.result_reason AS r
    ON h.reason_code = r.reason_code AND r.disposition = 'unusable'
