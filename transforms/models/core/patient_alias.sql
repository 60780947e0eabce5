-- core.patient_alias: every identifier that was merged into another, with the one that stands for it now
-- grain: assigning_authority, patient_id
-- The latest merge of an identifier decides; a merge of an identifier into itself undoes it. Chains
-- are followed to their end. Identifiers that go round in a circle are left out: nobody is joined.
WITH RECURSIVE merge AS (
    SELECT
        m.retired_assigning_authority AS assigning_authority,
        m.retired_id AS patient_id,
        m.surviving_assigning_authority,
        m.surviving_id AS surviving_patient_id,
        coalesce(m.merged_at, m.message_at) AS merged_at
    FROM raw.merge AS m
    CROSS JOIN run.clock AS c
    WHERE coalesce(m.merged_at, m.message_at)::DATE <= c.as_of
    QUALIFY row_number() OVER (
        PARTITION BY m.retired_assigning_authority, m.retired_id
        ORDER BY
            coalesce(m.merged_at, m.message_at) DESC, m.message_at DESC,
            m.source_sha256 DESC, m.position DESC
    ) = 1
),

edge AS (
    SELECT * FROM merge
    WHERE (assigning_authority, patient_id) <> (surviving_assigning_authority, surviving_patient_id)
),

walk AS (
    SELECT
        assigning_authority, patient_id, surviving_assigning_authority, surviving_patient_id,
        merged_at,
        [assigning_authority || chr(31) || patient_id] AS visited,
        false AS is_circle
    FROM edge
    UNION ALL
    SELECT
        w.assigning_authority, w.patient_id, e.surviving_assigning_authority,
        e.surviving_patient_id, w.merged_at,
        list_append(w.visited, e.assigning_authority || chr(31) || e.patient_id) AS visited,
        list_contains(
            list_append(w.visited, e.assigning_authority || chr(31) || e.patient_id),
            e.surviving_assigning_authority || chr(31) || e.surviving_patient_id
        ) AS is_circle
    FROM walk AS w
    INNER JOIN edge AS e
        ON
            w.surviving_assigning_authority = e.assigning_authority
            AND w.surviving_patient_id = e.patient_id
    WHERE NOT w.is_circle
),

longest AS (
    SELECT * FROM walk
    QUALIFY row_number() OVER (
        PARTITION BY assigning_authority, patient_id ORDER BY len(visited) DESC
    ) = 1
)

SELECT
    assigning_authority,
    patient_id,
    surviving_assigning_authority,
    surviving_patient_id,
    sha256(surviving_assigning_authority || chr(31) || surviving_patient_id)[:16] AS patient_key,
    merged_at
FROM longest
WHERE NOT is_circle
