-- core.merge_refused: every merge message that joins nobody, because it contradicts what is known
-- grain: facility, source_sha256, position
-- Two survivors of one identifier at the same time, or one of them without a time; merges that go round in
-- a circle; a change to an identifier that was already somebody's; two people of another birth date and
-- sex; a file that meets nobody.
WITH contradictory AS (
    SELECT
        assigning_authority,
        patient_id
    FROM identity.latest_merge
    GROUP BY assigning_authority, patient_id
    HAVING count(*) > 1
),

known_fault AS (
    SELECT
        assigning_authority,
        patient_id,
        'merge_contradictory' AS reason_code
    FROM contradictory
    UNION ALL
    SELECT
        assigning_authority,
        patient_id,
        'merge_circle' AS reason_code
    FROM identity.merge_chain
    WHERE is_circle
    UNION ALL
    SELECT
        assigning_authority,
        patient_id,
        'merge_contradicts_identity' AS reason_code
    FROM identity.contradicted_merge
),

refused AS (
    SELECT
        assigning_authority,
        patient_id,
        reason_code
    FROM known_fault
    UNION ALL
    SELECT DISTINCT
        m.retired_assigning_authority AS assigning_authority,
        m.retired_id AS patient_id,
        'merge_file_meets_nobody' AS reason_code
    FROM raw.merge AS m
    SEMI JOIN identity.unmet_merge_file AS u
        ON m.facility = u.facility AND m.source_sha256 = u.source_sha256
    ANTI JOIN known_fault AS k
        ON m.retired_assigning_authority = k.assigning_authority AND m.retired_id = k.patient_id
),

listed AS (
    SELECT
        m.*,
        l.merged_at AS sent_at,
        r.reason_code
    FROM refused AS r
    INNER JOIN identity.latest_merge AS l
        ON r.assigning_authority = l.assigning_authority AND r.patient_id = l.patient_id
    INNER JOIN raw.merge AS m
        ON
            l.assigning_authority = m.retired_assigning_authority
            AND l.patient_id = m.retired_id
            AND l.surviving_assigning_authority = m.surviving_assigning_authority
            AND l.surviving_patient_id = m.surviving_id
            AND l.merged_at IS NOT DISTINCT FROM coalesce(m.merged_at, m.message_at)
    UNION ALL BY NAME
    SELECT
        m.*,
        coalesce(m.merged_at, m.message_at) AS sent_at,
        'merge_identifier_taken' AS reason_code
    FROM raw.merge AS m
    SEMI JOIN identity.change_to_taken_identifier AS t
        ON m.facility = t.facility AND m.source_sha256 = t.source_sha256 AND m.position = t.position
    UNION ALL BY NAME
    SELECT
        m.*,
        NULL AS sent_at,
        'merge_time_unknown' AS reason_code
    FROM raw.merge AS m
    ANTI JOIN identity.change_to_taken_identifier AS t
        ON m.facility = t.facility AND m.source_sha256 = t.source_sha256 AND m.position = t.position
    ANTI JOIN identity.latest_merge AS l
        ON
            m.retired_assigning_authority = l.assigning_authority
            AND m.retired_id = l.patient_id
            AND m.surviving_assigning_authority = l.surviving_assigning_authority
            AND m.surviving_id = l.surviving_patient_id
    WHERE coalesce(m.merged_at, m.message_at) IS NULL
)

SELECT
    coalesce(r.patient_key, patient_key(m.retired_assigning_authority, m.retired_id))
        AS patient_key,
    coalesce(s.patient_key, patient_key(m.surviving_assigning_authority, m.surviving_id))
        AS surviving_patient_key,
    m.retired_assigning_authority AS assigning_authority,
    m.retired_id AS patient_id,
    m.surviving_assigning_authority,
    m.surviving_id AS surviving_patient_id,
    m.sent_at AS merged_at,
    m.reason_code,
    k.sentence AS reason,
    m.facility,
    m.source_sha256,
    m.message_number,
    m.line_number,
    m.position
FROM listed AS m
INNER JOIN knowledge.reject_reason AS k ON m.reason_code = k.reason_code
LEFT JOIN core.patient_alias AS r
    ON m.retired_assigning_authority = r.assigning_authority AND m.retired_id = r.patient_id
LEFT JOIN core.patient_alias AS s
    ON m.surviving_assigning_authority = s.assigning_authority AND m.surviving_id = s.patient_id
