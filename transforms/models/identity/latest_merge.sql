-- identity.latest_merge: the identifier that each merged identifier was last merged into
-- grain: assigning_authority, patient_id, surviving_assigning_authority, surviving_patient_id
-- A merge of an identifier into itself undoes the one before. More than one row of an identifier is
-- a contradiction: two survivors at the same time. A merge without a time holds where no other merge of
-- its identifier has one; a row of a file that says no time holds for every clock.
SELECT DISTINCT
    m.retired_assigning_authority AS assigning_authority,
    m.retired_id AS patient_id,
    m.surviving_assigning_authority,
    m.surviving_id AS surviving_patient_id,
    coalesce(m.merged_at, m.message_at) AS merged_at
FROM raw.merge AS m
CROSS JOIN run.clock AS c
ANTI JOIN identity.change_to_taken_identifier AS t
    ON m.facility = t.facility AND m.source_sha256 = t.source_sha256 AND m.position = t.position
WHERE
    coalesce(coalesce(m.merged_at, m.message_at)::DATE <= c.as_of, TRUE)
    OR (m.event = 'csv' AND m.merged_at IS NULL)
QUALIFY rank() OVER (
    PARTITION BY m.retired_assigning_authority, m.retired_id
    ORDER BY coalesce(m.merged_at, m.message_at) DESC NULLS LAST
) = 1
