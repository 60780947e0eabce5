-- core.superseded: every version of a result that no longer counts, and which one stands instead
-- grain: measurement_id
SELECT
    i.measurement_id,
    w.measurement_id AS superseded_by,
    w.message_at AS superseded_at,
    CASE
        WHEN w.status = 'retracted' THEN 'withdrawn'
        WHEN i.status = 'provisional' AND i.message_at > w.message_at THEN 'provisional_after_final'
        WHEN i.status = 'provisional' AND w.status <> 'provisional' THEN 'finalised'
        WHEN
            i.observation_value IS NOT DISTINCT FROM w.observation_value
            AND i.units IS NOT DISTINCT FROM w.units THEN 'resent_unchanged'
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
    f.source_name,
    i.message_number,
    i.line_number,
    i.position
FROM core.version AS v
INNER JOIN core.immunoglobulin AS i ON v.result_row = i.result_row
INNER JOIN core.immunoglobulin AS w ON v.winner_row = w.result_row
INNER JOIN raw.source_file AS f
    ON i.facility = f.facility AND i.source_sha256 = f.source_sha256
WHERE v.version_rank > 1
