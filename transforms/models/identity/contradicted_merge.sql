-- identity.contradicted_merge: merged identifiers whose birth date and sex are both another person's
-- grain: assigning_authority, patient_id
-- Compared with the next identifier of the chain of which both are known; where there is none up to its
-- end, with the others that were merged into the same end. The merge joins nobody.
WITH RECURSIVE reached AS (
    SELECT
        assigning_authority,
        patient_id,
        surviving_assigning_authority AS next_assigning_authority,
        surviving_patient_id AS next_patient_id
    FROM identity.merge_step
    SEMI JOIN identity.merge_side USING (assigning_authority, patient_id)
    UNION
    SELECT
        r.assigning_authority,
        r.patient_id,
        m.surviving_assigning_authority AS next_assigning_authority,
        m.surviving_patient_id AS next_patient_id
    FROM reached AS r
    ANTI JOIN identity.merge_side AS s
        ON r.next_assigning_authority = s.assigning_authority AND r.next_patient_id = s.patient_id
    INNER JOIN identity.merge_step AS m
        ON r.next_assigning_authority = m.assigning_authority AND r.next_patient_id = m.patient_id
),

compared AS (
    SELECT
        assigning_authority,
        patient_id,
        next_assigning_authority AS other_assigning_authority,
        next_patient_id AS other_patient_id
    FROM reached
    UNION ALL
    SELECT
        a.assigning_authority,
        a.patient_id,
        b.assigning_authority AS other_assigning_authority,
        b.patient_id AS other_patient_id
    FROM reached AS a
    INNER JOIN reached AS b
        ON
            a.next_assigning_authority = b.next_assigning_authority
            AND a.next_patient_id = b.next_patient_id
    ANTI JOIN identity.merge_side AS s
        ON a.next_assigning_authority = s.assigning_authority AND a.next_patient_id = s.patient_id
)

SELECT DISTINCT
    c.assigning_authority,
    c.patient_id
FROM compared AS c
INNER JOIN identity.merge_side AS a
    ON c.assigning_authority = a.assigning_authority AND c.patient_id = a.patient_id
INNER JOIN identity.merge_side AS b
    ON c.other_assigning_authority = b.assigning_authority AND c.other_patient_id = b.patient_id
WHERE NOT list_has_any(a.birth_dates, b.birth_dates) AND NOT list_has_any(a.sexes, b.sexes)
