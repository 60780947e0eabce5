-- core.exposure_set_aside: every exposure that was sent and takes no effect, and why
-- grain: facility, source_sha256, position
-- reason_code: withdrawn; replaced, by the later diagnoses of its encounter; not_in_list, the newest full
-- list no longer holds it; and what the row says of itself: not_done, planned, ruled_out, nothing_given,
-- status_not_known. An earlier sending of what was sent again is not listed.
-- joins as written: few are set aside, and DuckDB holds all that were sent in memory instead
WITH aside AS (
    SELECT
        exposure_number,
        idle_reason AS reason_code
    FROM exposure.as_sent
    WHERE idle_reason IS NOT NULL AND NOT is_cancelled AND coalesce(age_in_lists, 1) = 1
    UNION ALL
    SELECT
        e.exposure_number,
        'withdrawn' AS reason_code
    FROM exposure.as_sent AS e
    LEFT JOIN exposure.withdrawn AS w ON e.exposure_number = w.exposure_number
    WHERE
        coalesce(e.age_in_lists, 1) = 1
        AND if(
            e.is_cancelled,
            e.message_number IS NULL,
            e.idle_reason IS NULL AND w.exposure_number IS NOT NULL
        )
    UNION ALL
    SELECT
        e.exposure_number,
        'replaced' AS reason_code
    FROM exposure.as_sent AS e
    INNER JOIN exposure.diagnosis_set AS d
        ON
            e.patient_key = d.patient_key AND source_of(e.exposure_number) = d.source_number
            AND e.message_number = d.message_number AND e.segment = 'DG1'
    WHERE e.idle_reason IS NULL AND NOT e.is_cancelled
    UNION ALL
    SELECT
        e.exposure_number,
        'not_in_list' AS reason_code
    FROM exposure.as_sent AS e
    ANTI JOIN exposure.as_sent AS n
        ON
            e.facility = n.facility AND e.patient_key = n.patient_key
            AND e.exposure_hash = n.exposure_hash AND n.age_in_lists = 1
    WHERE e.age_in_lists = 2
),

reason AS (
    SELECT
        exposure_number,
        min(reason_code) AS reason_code
    FROM aside
    GROUP BY exposure_number
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
    r.reason_code,
    e.unknown_statement,
    f.source_sha256,
    position_of(e.exposure_number) AS position
FROM exposure.as_sent AS e
INNER JOIN reason AS r ON e.exposure_number = r.exposure_number
INNER JOIN lookup.source AS f ON source_of(e.exposure_number) = f.source_number
WHERE e.code IS NOT NULL OR e.name IS NOT NULL OR e.alternate_code IS NOT NULL OR e.alternate_name IS NOT NULL
