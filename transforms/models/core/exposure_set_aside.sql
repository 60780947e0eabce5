-- core.exposure_set_aside: every exposure that was sent and takes no effect, and why
-- grain: facility, source_sha256, position
-- reason_code: withdrawn; replaced, by the later diagnoses of its encounter; not_in_list, the newest full
-- list no longer holds it; and what the row says of itself: not_done, planned, ruled_out, nothing_given,
-- status_not_known. An earlier sending of what was sent again is not listed.
WITH aside AS (
    SELECT
        e.facility,
        e.source_sha256,
        e.position,
        e.idle_reason AS reason_code
    FROM exposure.as_sent AS e
    WHERE e.idle_reason IS NOT NULL AND NOT e.is_cancelled AND coalesce(e.age_in_lists, 1) = 1
    UNION ALL
    SELECT
        e.facility,
        e.source_sha256,
        e.position,
        'withdrawn' AS reason_code
    FROM exposure.as_sent AS e
    LEFT JOIN exposure.withdrawn AS w
        ON
            e.facility = w.facility AND e.source_sha256 = w.source_sha256
            AND e.position = w.position
    WHERE
        coalesce(e.age_in_lists, 1) = 1
        AND if(e.is_cancelled, e.message_number IS NULL, e.idle_reason IS NULL AND w.facility IS NOT NULL)
    UNION ALL
    SELECT
        e.facility,
        e.source_sha256,
        e.position,
        'replaced' AS reason_code
    FROM exposure.as_sent AS e
    INNER JOIN exposure.diagnosis_set AS d
        ON
            e.facility = d.facility AND e.patient_key = d.patient_key
            AND e.source_sha256 = d.source_sha256
            AND e.message_number = d.message_number AND e.segment = 'DG1'
    WHERE e.idle_reason IS NULL AND NOT e.is_cancelled
    UNION ALL
    SELECT
        e.facility,
        e.source_sha256,
        e.position,
        'not_in_list' AS reason_code
    FROM exposure.as_sent AS e
    ANTI JOIN exposure.as_sent AS n
        ON
            e.facility = n.facility AND e.patient_key = n.patient_key
            AND e.exposure_hash = n.exposure_hash AND n.age_in_lists = 1
    WHERE e.age_in_lists = 2
)

SELECT
    e.patient_key,
    e.facility,
    e.kind,
    e.code,
    e.code_system,
    e.name,
    e.start_date,
    e.end_date,
    a.reason_code,
    e.unknown_statement,
    e.source_sha256,
    e.position
FROM aside AS a
INNER JOIN exposure.as_sent AS e
    ON
        a.facility = e.facility AND a.source_sha256 = e.source_sha256
        AND a.position = e.position
WHERE e.code IS NOT NULL OR e.name IS NOT NULL OR e.alternate_code IS NOT NULL OR e.alternate_name IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY e.facility, e.source_sha256, e.position ORDER BY a.reason_code
) = 1
