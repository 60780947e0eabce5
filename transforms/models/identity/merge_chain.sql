-- identity.merge_chain: each merged identifier followed to the end of its merges, or round in a circle
-- grain: assigning_authority, patient_id
-- Contradictory merges, and those of two different people, are left out: their identifier stays what it
-- was before any merge.
WITH RECURSIVE edge AS (
    SELECT * FROM identity.merge_step
    ANTI JOIN identity.contradicted_merge USING (assigning_authority, patient_id)
),

walk AS (
    SELECT
        *,
        [row(assigning_authority, patient_id)] AS visited,
        false AS is_circle
    FROM edge
    UNION ALL
    SELECT
        w.assigning_authority,
        w.patient_id,
        e.surviving_assigning_authority,
        e.surviving_patient_id,
        w.merged_at,
        list_append(w.visited, row(e.assigning_authority, e.patient_id)) AS visited,
        list_contains(
            list_append(w.visited, row(e.assigning_authority, e.patient_id)),
            row(e.surviving_assigning_authority, e.surviving_patient_id)
        ) AS is_circle
    FROM walk AS w
    INNER JOIN edge AS e
        ON
            w.surviving_assigning_authority = e.assigning_authority
            AND w.surviving_patient_id = e.patient_id
    WHERE NOT w.is_circle
)

SELECT
    assigning_authority,
    patient_id,
    surviving_assigning_authority,
    surviving_patient_id,
    merged_at,
    is_circle
FROM walk
QUALIFY row_number() OVER (
    PARTITION BY assigning_authority, patient_id ORDER BY len(visited) DESC
) = 1
