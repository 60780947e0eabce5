-- What became of each result of the canaries, in their scratch home.
-- grain: facility, patient_id, position
SELECT
    o.facility,
    o.patient_id,
    o.position,
    d.disposition,
    d.reason_code,
    m.class,
    r.sentence
FROM raw.observation AS o
LEFT JOIN result.disposition AS d
    ON
        o.facility = d.facility AND o.source_sha256 = d.source_sha256
        AND o.position = d.position
LEFT JOIN core.measurement AS m ON d.measurement_id = m.measurement_id
LEFT JOIN knowledge.result_reason AS r ON d.reason_code = r.reason_code
ORDER BY o.facility, o.patient_id, o.position
