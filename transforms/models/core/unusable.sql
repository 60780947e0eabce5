-- core.unusable: every result that may be an immunoglobulin's and is not used, and the reason
-- grain: measurement_id
-- view: read once, when it is published
-- Where the sender contradicts itself both statements stand beside the reason, with the fields they
-- stand in.
WITH unusable AS (
    SELECT
        o.result_number,
        o.person_number,
        o.text_number,
        o.collected_at,
        o.observation_value,
        o.message_number,
        o.line_number,
        f.reason_code
    FROM result.excluded_by_code AS o
    INNER JOIN lookup.result_meaning AS f ON o.text_number = f.text_number
    UNION ALL
    SELECT
        i.result_number,
        i.person_number,
        i.text_number,
        i.collected_at,
        v.observation_value,
        i.message_number,
        i.line_number,
        f.reason_code
    FROM result.version AS i
    INNER JOIN result.fault AS f ON i.result_number = f.result_number
    LEFT JOIN lookup.value_text AS v ON i.value_number = v.value_number
)

SELECT
    measurement_id(s.id_prefix, h.result_number) AS measurement_id,
    p.patient_key,
    s.facility,
    f.analyte,
    f.observation_identifier AS code,
    f.coding_system AS code_system,
    f.observation_text AS test_name,
    h.collected_at,
    h.observation_value AS value_source_value,
    text_shape(h.observation_value) AS value_shape,
    f.units AS unit_source_value,
    f.references_range AS reference_range_source_value,
    h.reason_code,
    r.sentence AS reason,
    x.statement_a,
    x.field_a,
    x.statement_b,
    x.field_b,
    s.source_sha256,
    s.source_name,
    h.message_number,
    h.line_number,
    position_of(h.result_number) AS position
FROM unusable AS h
INNER JOIN knowledge.result_reason AS r
    ON h.reason_code = r.reason_code AND r.disposition = 'unusable'
INNER JOIN lookup.result_meaning AS f ON h.text_number = f.text_number
INNER JOIN lookup.source AS s ON source_of(h.result_number) = s.source_number
LEFT JOIN identity.person AS p ON h.person_number = p.rowid
LEFT JOIN result.contradiction AS x ON h.result_number = x.result_number
