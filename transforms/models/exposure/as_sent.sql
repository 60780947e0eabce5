-- exposure.as_sent: every exposure sent by the clock of the run, whose it is and when it was sent
-- grain: facility, source_sha256, position
-- A withdrawal that does not say when came after what it withdraws, anything else before.
SELECT
    coalesce(a.patient_key, patient_key(e.assigning_authority, e.patient_id)) AS patient_key,
    e.*,
    upper(replace(e.code, '.', '')) AS code_without_dots,
    lower(e.name) AS lower_name,
    exposure_hash(e) AS exposure_hash,
    coalesce(
        e.message_at,
        if(e.order_status = 'withdrawn', 'infinity'::TIMESTAMP, '-infinity'::TIMESTAMP)
    ) AS sent_at
FROM raw.exposure AS e
CROSS JOIN run.clock AS c
LEFT JOIN core.patient_alias AS a
    ON e.assigning_authority = a.assigning_authority AND e.patient_id = a.patient_id
WHERE
    coalesce(e.start_date <= c.as_of, TRUE)
    AND (e.order_status IS NULL OR coalesce(e.message_at::DATE <= c.as_of, TRUE))
