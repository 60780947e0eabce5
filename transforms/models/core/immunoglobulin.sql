-- core.immunoglobulin: every version of an immunoglobulin result, with the person it belongs to
-- grain: measurement_id
-- result_row is a number for joining within this build only. repeat_hash is equal for versions of one
-- result (core.version looks closer).
SELECT
    row_number() OVER () AS result_row,
    o.source_sha256[:16] || ':' || o.facility || ':' || o.position AS measurement_id,
    coalesce(a.patient_key, sha256(o.assigning_authority || chr(31) || o.patient_id)[:16])
        AS patient_key,
    o.patient_id,
    o.assigning_authority,
    o.facility,
    coalesce(o.producer, o.facility) AS laboratory,
    d.analyte,
    d.series,
    d.code,
    d.code_system,
    o.observation_identifier,
    o.coding_system,
    o.observation_text,
    coalesce(o.filler_order_number, o.placer_order_number) AS order_number,
    o.universal_service_identifier,
    o.observation_sub_id,
    o.observation_instance_id,
    o.specimen_id,
    o.specimen_type,
    o.collected_at,
    o.resulted_at,
    o.message_at,
    o.value_type,
    o.observation_value,
    o.units,
    o.references_range,
    o.abnormal_flags,
    o.observation_result_status,
    -- a delimited file without a status holds results as reported; in HL7 no status is no status
    CASE
        WHEN o.observation_result_status IS NULL AND o.message_number IS NULL THEN 'final'
        ELSE coalesce(s.meaning, 'unknown')
    END AS status,
    o.comment,
    o.source_sha256,
    o.message_number,
    o.line_number,
    o.position,
    hash(
        o.facility, a.patient_key, o.patient_id, o.assigning_authority, d.analyte,
        o.observation_instance_id, coalesce(o.filler_order_number, o.placer_order_number)
    ) AS repeat_hash
FROM raw.observation AS o
INNER JOIN core.code_decision AS d
    ON hash(
        o.facility, o.observation_identifier, o.coding_system, o.observation_text,
        o.alternate_identifier, o.alternate_text, o.alternate_coding_system
    ) = d.sent_hash
LEFT JOIN core.patient_alias AS a
    ON o.assigning_authority = a.assigning_authority AND o.patient_id = a.patient_id
LEFT JOIN knowledge.result_status AS s ON o.observation_result_status = s.status
WHERE d.reason_code IS NULL
