-- core.other_result: every result that its code keeps from being an immunoglobulin result, and why
-- grain: measurement_id
SELECT
    f.id_prefix || o.position AS measurement_id,
    p.patient_key,
    o.facility,
    f.source_sha256,
    f.source_name,
    o.message_number,
    o.line_number,
    o.position,
    d.analyte,
    o.observation_identifier,
    o.coding_system,
    o.observation_text,
    o.collected_at,
    o.message_at,
    o.observation_value,
    o.units,
    o.references_range,
    d.reason_code
FROM raw.observation AS o
INNER JOIN core.code_decision AS d
    ON hash(
        o.facility, o.observation_identifier, o.coding_system, o.observation_text,
        o.alternate_identifier, o.alternate_text, o.alternate_coding_system
    ) = d.sent_hash
INNER JOIN core.source AS f ON o.facility = f.facility AND o.source_sha256 = f.source_sha256
LEFT JOIN core.person AS p
    ON o.assigning_authority = p.assigning_authority AND o.patient_id = p.patient_id
WHERE d.reason_code IS NOT NULL
