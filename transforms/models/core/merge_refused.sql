-- core.merge_refused: every merge sent that joins nobody because it contradicts what is known
-- grain: facility, source_sha256, position
-- Two survivors of one identifier at the same time, merges that go round in a circle, or a change to
-- an identifier that was already somebody's.
WITH contradictory AS (
    SELECT
        assigning_authority,
        patient_id
    FROM core.merge_latest
    GROUP BY assigning_authority, patient_id
    HAVING count(*) > 1
),

refused AS (
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
    FROM core.merge_chain
    WHERE is_circle
)

SELECT
    m.facility,
    m.source_sha256,
    m.message_number,
    m.line_number,
    m.position,
    r.assigning_authority,
    r.patient_id,
    l.surviving_assigning_authority,
    l.surviving_patient_id,
    l.merged_at,
    r.reason_code
FROM refused AS r
INNER JOIN core.merge_latest AS l
    ON r.assigning_authority = l.assigning_authority AND r.patient_id = l.patient_id
INNER JOIN raw.merge AS m
    ON
        l.assigning_authority = m.retired_assigning_authority AND l.patient_id = m.retired_id
        AND l.surviving_assigning_authority = m.surviving_assigning_authority
        AND l.surviving_patient_id = m.surviving_id
        AND l.merged_at = coalesce(m.merged_at, m.message_at)
UNION ALL
SELECT
    m.facility,
    m.source_sha256,
    m.message_number,
    m.line_number,
    m.position,
    m.retired_assigning_authority AS assigning_authority,
    m.retired_id AS patient_id,
    m.surviving_assigning_authority,
    m.surviving_id AS surviving_patient_id,
    coalesce(m.merged_at, m.message_at) AS merged_at,
    'merge_identifier_taken' AS reason_code
FROM raw.merge AS m
SEMI JOIN core.identifier_taken AS t
    ON m.facility = t.facility AND m.source_sha256 = t.source_sha256 AND m.position = t.position
