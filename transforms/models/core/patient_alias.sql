-- core.patient_alias: every identifier that was merged into another or is linked to it, with its person now
-- grain: assigning_authority, patient_id
-- The latest merge of an identifier decides, chains are followed to their end. What core.merge_refused
-- lists joins nobody. A link (core.patient_link) retires no identifier: the two are one person as long as it
-- is in force.
WITH merged AS (
    FROM identity.merge_chain
    WHERE NOT is_circle
),

linked AS (
    FROM identity.linked_group
    WHERE NOT is_contradicted
),

joined AS (
    SELECT
        m.assigning_authority,
        m.patient_id,
        coalesce(l.first_assigning_authority, m.surviving_assigning_authority)
            AS surviving_assigning_authority,
        coalesce(l.first_patient_id, m.surviving_patient_id) AS surviving_patient_id,
        m.merged_at,
        'merge' AS joined_by
    FROM merged AS m
    LEFT JOIN linked AS l
        ON
            m.surviving_assigning_authority = l.assigning_authority
            AND m.surviving_patient_id = l.patient_id
    UNION ALL
    SELECT
        assigning_authority,
        patient_id,
        first_assigning_authority AS surviving_assigning_authority,
        first_patient_id AS surviving_patient_id,
        NULL AS merged_at,
        'link' AS joined_by
    FROM linked
    WHERE (assigning_authority, patient_id) <> (first_assigning_authority, first_patient_id)
)

SELECT
    assigning_authority,
    patient_id,
    surviving_assigning_authority,
    surviving_patient_id,
    patient_key(surviving_assigning_authority, surviving_patient_id) AS patient_key,
    merged_at,
    joined_by
FROM joined
