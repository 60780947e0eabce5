-- core.other_result: every result that its code keeps from being an immunoglobulin result, and why
-- grain: measurement_id
SELECT
    o.source_sha256[:16] || ':' || o.facility || ':' || o.position AS measurement_id,
    coalesce(a.patient_key, sha256(o.assigning_authority || chr(31) || o.patient_id)[:16])
        AS patient_key,
    o.facility,
    o.source_sha256,
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
LEFT JOIN core.patient_alias AS a
    ON o.assigning_authority = a.assigning_authority AND o.patient_id = a.patient_id
WHERE d.reason_code IS NOT NULL
