-- core.superseded: every version of a result that no longer counts, and which one counts instead
-- grain: measurement_id
-- view: result.superseded in the words of what was sent
SELECT
    measurement_id(s.id_prefix, r.result_number) AS measurement_id,
    measurement_id(w.id_prefix, r.superseded_by) AS superseded_by,
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
    position_of(r.result_number) AS position
FROM result.superseded AS r
INNER JOIN result.version AS i ON r.result_number = i.result_number
INNER JOIN identity.person AS p ON i.person_number = p.rowid
LEFT JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
LEFT JOIN lookup.value_text AS v ON i.value_number = v.value_number
LEFT JOIN lookup.source AS s ON source_of(r.result_number) = s.source_number
LEFT JOIN lookup.source AS w ON source_of(r.superseded_by) = w.source_number
