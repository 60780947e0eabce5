-- result.excluded_by_code: every result that its code keeps from being an immunoglobulin result
-- grain: result_number
SELECT
    result_number(f.source_number, o.position) AS result_number,
    p.person_number,
    d.text_number,
    o.collected_at,
    o.message_at,
    o.observation_value,
    o.message_number,
    o.line_number
FROM raw.observation AS o
INNER JOIN lookup.source AS f ON o.facility = f.facility AND o.source_sha256 = f.source_sha256
INNER JOIN lookup.result_meaning AS d
    ON text_hash(o) = d.text_hash AND d.reason_code IS NOT NULL
LEFT JOIN identity.identifier AS p
    ON o.assigning_authority = p.assigning_authority AND o.patient_id = p.patient_id
