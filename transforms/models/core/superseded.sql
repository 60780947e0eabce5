-- core.superseded: every version of a result that no longer counts, and which one stands instead
-- grain: measurement_id
-- view: read once, when it is published
WITH versioned AS (
    SELECT
        i.result_row,
        s.id_prefix || (i.result_row % 4294967296) AS measurement_id,
        i.person_number,
        f.facility,
        f.analyte,
        i.collected_at,
        i.message_at,
        f.status,
        v.observation_value,
        f.units,
        f.observation_result_status,
        s.source_sha256,
        s.source_name,
        i.message_number,
        i.line_number
    FROM core.result AS i
    SEMI JOIN core.version AS x ON i.result_row = x.result_row
    LEFT JOIN core.form AS f ON i.form_number = f.form_number
    LEFT JOIN core.source AS s ON i.result_row // 4294967296 = s.source_number
    LEFT JOIN core.value AS v ON i.value_number = v.value_number
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
    p.patient_key,
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
    (i.result_row % 4294967296)::INTEGER AS position
FROM core.version AS v
INNER JOIN versioned AS i ON v.result_row = i.result_row
INNER JOIN versioned AS w ON v.winner_row = w.result_row
INNER JOIN core.person AS p ON i.person_number = p.person_number
WHERE v.version_rank > 1
