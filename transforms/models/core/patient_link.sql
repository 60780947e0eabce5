-- core.patient_link: every link of two identifiers, and whether it joins them tonight
-- grain: link_number
-- state: in_force, not_yet (valid_from is to come), ended (valid_to is past) or refused, with the reason.
-- field: the cell of link.csv where that is one. A link is no merge: both identifiers stay what they are.
WITH refused AS (
    SELECT
        l.*,
        coalesce(l.reason_code, if(g.is_contradicted, 'link_contradicts_another', NULL)) AS why_refused
    FROM identity.link AS l
    LEFT JOIN identity.linked_group AS g
        ON
            l.assigning_authority = g.assigning_authority AND l.patient_id = g.patient_id
            AND l.is_in_force
)

SELECT
    l.link_number,
    l.origin,
    l.line_number,
    coalesce(a.patient_key, patient_key(l.own_assigning_authority, l.own_patient_id)) AS patient_key,
    coalesce(b.patient_key, patient_key(l.own_linked_assigning_authority, l.own_linked_patient_id))
        AS linked_patient_key,
    l.own_assigning_authority AS assigning_authority,
    l.own_patient_id AS patient_id,
    l.own_linked_assigning_authority AS linked_assigning_authority,
    l.own_linked_patient_id AS linked_patient_id,
    l.scheme,
    l.valid_from,
    l.valid_to,
    l.decided_by,
    l.why,
    CASE
        WHEN l.why_refused IS NOT NULL THEN 'refused'
        WHEN l.is_in_force THEN 'in_force'
        WHEN l.valid_from > c.as_of THEN 'not_yet'
        ELSE 'ended'
    END AS state,
    l.field,
    l.why_refused AS reason_code,
    k.sentence AS reason,
    k.mend
FROM refused AS l
CROSS JOIN run.clock AS c
LEFT JOIN knowledge.reject_reason AS k ON l.why_refused = k.reason_code
LEFT JOIN core.patient_alias AS a
    ON l.own_assigning_authority = a.assigning_authority AND l.own_patient_id = a.patient_id
LEFT JOIN core.patient_alias AS b
    ON
        l.own_linked_assigning_authority = b.assigning_authority
        AND l.own_linked_patient_id = b.patient_id
