-- mart.source_message: the laboratory's own name of the message that each result of a flagged patient came in
-- grain: measurement_id
-- A delimited file has no messages, so its results have no row.
WITH flagged AS (
    SELECT
        patient_key,
        measurement_id,
        facility,
        source_sha256,
        position
    FROM core.measurement
    SEMI JOIN flag.patient_flag USING (patient_key)
)

SELECT
    f.patient_key,
    f.measurement_id,
    o.message_control_id,
    c.as_of
FROM flagged AS f
CROSS JOIN run.clock AS c
INNER JOIN raw.observation AS o
    ON
        f.facility = o.facility AND f.source_sha256 = o.source_sha256
        AND f.position = o.position
WHERE o.message_control_id IS NOT NULL
