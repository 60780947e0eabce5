-- core.disposition: where each result sent ended: measured, superseded, not_immunoglobulin or unusable
-- grain: measurement_id
-- view: read by what counts and by what explains
-- Every result of raw.observation has exactly one row here: nothing vanishes.
WITH ended AS (
    SELECT
        i.result_row,
        i.person_number,
        i.form_number,
        i.collected_at,
        i.message_at,
        CASE
            WHEN v.result_row IS NOT NULL THEN NULL
            WHEN x.result_row IS NOT NULL THEN 'unit_contradicted_by_history'
            ELSE i.reason_code
        END AS reason_code,
        v.result_row IS NOT NULL AS is_superseded
    FROM core.result AS i
    LEFT JOIN (SELECT result_row FROM core.version WHERE version_rank > 1) AS v
        ON i.result_row = v.result_row
    LEFT JOIN core.unit_slip AS x ON i.result_row = x.result_row
    UNION ALL
    SELECT
        o.result_row,
        o.person_number,
        o.form_number,
        o.collected_at,
        o.message_at,
        f.reason_code,
        FALSE AS is_superseded
    FROM core.other_result AS o
    INNER JOIN core.form AS f ON o.form_number = f.form_number
)

SELECT
    s.id_prefix || (e.result_row % 4294967296) AS measurement_id,
    s.facility,
    s.source_sha256,
    (e.result_row % 4294967296)::INTEGER AS position,
    CASE
        WHEN e.is_superseded THEN 'superseded'
        WHEN e.reason_code IS NULL THEN 'measured'
        ELSE r.disposition
    END AS disposition,
    e.reason_code,
    p.patient_key,
    f.analyte,
    e.collected_at,
    e.message_at,
    f.observation_identifier AS code,
    f.coding_system AS code_system,
    f.observation_text AS test_name,
    f.units
FROM ended AS e
LEFT JOIN core.source AS s ON e.result_row // 4294967296 = s.source_number
LEFT JOIN core.form AS f ON e.form_number = f.form_number
LEFT JOIN core.person AS p ON e.person_number = p.person_number
LEFT JOIN knowledge.result_reason AS r ON e.reason_code = r.reason_code
