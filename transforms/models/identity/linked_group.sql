-- identity.linked_group: identifiers that links in force join, by the one that stands for all of them
-- grain: assigning_authority, patient_id
-- The first by authority and number stands for the others, so that the key depends on no order of lines or
-- files. is_contradicted: two of them are different persons although no single link says so; then none of
-- the group is joined.
WITH RECURSIVE edge AS (
    SELECT
        struct_pack(authority := assigning_authority, id := patient_id) AS one,
        struct_pack(authority := linked_assigning_authority, id := linked_patient_id) AS other
    FROM identity.link
    WHERE is_in_force AND reason_code IS NULL
),

both_ways AS (
    SELECT
        one,
        other
    FROM edge
    UNION
    SELECT
        other AS one,
        one AS other
    FROM edge
),

reached AS (
    SELECT
        one,
        other
    FROM both_ways
    UNION
    SELECT
        r.one,
        e.other
    FROM reached AS r
    INNER JOIN both_ways AS e ON r.other = e.one
),

compared AS (
    SELECT
        r.one,
        min(r.other) AS first,
        bool_or(coalesce(is_another_person(a, b), FALSE)) AS is_contradicted
    FROM reached AS r
    LEFT JOIN identity.link_side AS a
        ON r.one.authority = a.assigning_authority AND r.one.id = a.patient_id
    LEFT JOIN identity.link_side AS b
        ON r.other.authority = b.assigning_authority AND r.other.id = b.patient_id
    GROUP BY r.one
)

SELECT
    one.authority AS assigning_authority,
    one.id AS patient_id,
    first.authority AS first_assigning_authority,
    first.id AS first_patient_id,
    bool_or(is_contradicted) OVER (PARTITION BY first) AS is_contradicted
FROM compared
