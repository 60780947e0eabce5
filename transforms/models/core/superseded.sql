-- core.superseded: every version of a result that no longer counts, and which one stands instead
-- grain: measurement_id
-- view: result.superseded in the words of what was sent
SELECT
    s.id_prefix || (r.result_number % 4294967296) AS measurement_id,
    w.id_prefix || (r.superseded_by % 4294967296) AS superseded_by,
    r.superseded_at,
    r.reason_code,
    p.patient_key,
    f.facility,
    f.analyte,
    i.collected_at,
    v.observation_value AS value_source_value,
    f.units AS unit_source_value,
    f.observation_result_status AS status,
    s.source_sha256,
    s.source_name,
    i.message_number,
    i.line_number,
    (r.result_number % 4294967296)::INTEGER AS position
FROM result.superseded AS r
INNER JOIN result.version AS i ON r.result_number = i.result_number
INNER JOIN identity.person AS p ON i.person_number = p.rowid
LEFT JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
LEFT JOIN lookup.value_text AS v ON i.value_number = v.value_number
LEFT JOIN lookup.source AS s ON r.result_number // 4294967296 = s.source_number
LEFT JOIN lookup.source AS w ON r.superseded_by // 4294967296 = w.source_number
