-- identity.change_to_taken_identifier: changes of an identifier (A46, A47) to one that was already somebody's
-- grain: facility, source_sha256, position
-- Chapter 3.3.47: the new identifier must not have existed. It did when a message before the first
-- sending of the change named it, or where one of the two has no time. The change then joins nobody:
-- core.merge_refused lists it.
WITH change AS (
    SELECT
        facility,
        source_sha256,
        position,
        surviving_assigning_authority AS assigning_authority,
        surviving_id AS patient_id,
        min(message_at) OVER (
            PARTITION BY
                retired_assigning_authority, retired_id, surviving_assigning_authority, surviving_id
        ) AS first_sent_at
    FROM raw.merge
    WHERE event IN ('A46', 'A47')
),

stated AS (
    SELECT
        assigning_authority,
        patient_id,
        message_at
    FROM raw.observation
    UNION ALL
    SELECT
        assigning_authority,
        patient_id,
        message_at
    FROM raw.patient
    UNION ALL
    SELECT
        retired_assigning_authority AS assigning_authority,
        retired_id AS patient_id,
        message_at
    FROM raw.merge
),

named AS (
    SELECT
        s.assigning_authority,
        s.patient_id,
        min(s.message_at) AS named_at
    FROM stated AS s
    SEMI JOIN change AS c
        ON s.assigning_authority = c.assigning_authority AND s.patient_id = c.patient_id
    GROUP BY s.assigning_authority, s.patient_id
)

SELECT
    c.facility,
    c.source_sha256,
    c.position
FROM change AS c
INNER JOIN named AS n
    ON c.assigning_authority = n.assigning_authority AND c.patient_id = n.patient_id
WHERE coalesce(n.named_at < c.first_sent_at, TRUE)
