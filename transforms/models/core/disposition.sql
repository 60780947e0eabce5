-- core.disposition: where each result sent ended: measured, superseded, not_immunoglobulin or unusable
-- grain: measurement_id
-- Every result of raw.observation has exactly one row here: nothing vanishes.
WITH v AS (
    SELECT result_row FROM core.version
    WHERE version_rank > 1
)

SELECT
    o.measurement_id,
    o.facility,
    o.source_sha256,
    o.position,
    r.disposition,
    o.reason_code,
    o.patient_key,
    o.analyte,
    o.collected_at,
    o.message_at,
    o.observation_identifier AS code,
    o.coding_system AS code_system,
    o.observation_text AS test_name,
    o.units
FROM core.other_result AS o
LEFT JOIN knowledge.result_reason AS r ON o.reason_code = r.reason_code
UNION ALL
SELECT
    i.measurement_id,
    i.facility,
    i.source_sha256,
    i.position,
    CASE
        WHEN v.result_row IS NOT NULL THEN 'superseded'
        WHEN f.reason_code IS NULL THEN 'measured'
        ELSE r.disposition
    END AS disposition,
    f.reason_code,
    i.patient_key,
    i.analyte,
    i.collected_at,
    i.message_at,
    i.observation_identifier AS code,
    i.coding_system AS code_system,
    i.observation_text AS test_name,
    i.units
FROM core.immunoglobulin AS i
LEFT JOIN v
    ON i.result_row = v.result_row
LEFT JOIN core.fault AS f ON i.result_row = f.result_row
LEFT JOIN knowledge.result_reason AS r ON f.reason_code = r.reason_code
