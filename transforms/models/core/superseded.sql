-- core.superseded: every version of a result that no longer counts, and which one stands instead
-- grain: measurement_id
WITH winner AS (
    SELECT result_row, measurement_id, message_at, status, observation_value, units
    FROM core.immunoglobulin
    SEMI JOIN (SELECT winner_row FROM core.version) AS v ON result_row = v.winner_row
)

SELECT
    i.measurement_id,
    w.measurement_id AS superseded_by,
    w.message_at AS superseded_at,
    CASE
        WHEN
            (i.status = w.status)
            AND (i.observation_value IS NOT DISTINCT FROM w.observation_value)
            AND (i.units IS NOT DISTINCT FROM w.units) THEN 'resent_unchanged'
        WHEN w.status = 'retracted' THEN 'withdrawn'
        WHEN i.status = 'provisional' AND i.message_at > w.message_at THEN 'provisional_after_final'
        WHEN i.status = 'provisional' AND w.status <> 'provisional' THEN 'finalised'
        WHEN
            (i.observation_value IS NOT DISTINCT FROM w.observation_value)
            AND (i.units IS NOT DISTINCT FROM w.units) THEN 'resent_unchanged'
        ELSE 'corrected'
    END AS reason_code,
    i.patient_key,
    i.facility,
    i.analyte,
    i.collected_at,
    i.observation_value AS value_source_value,
    i.units AS unit_source_value,
    i.observation_result_status AS status,
    i.source_sha256,
    i.source_name,
    i.message_number,
    i.line_number,
    i.position
FROM core.version AS v
INNER JOIN core.immunoglobulin AS i ON v.result_row = i.result_row
INNER JOIN winner AS w ON v.winner_row = w.result_row
WHERE v.version_rank > 1
