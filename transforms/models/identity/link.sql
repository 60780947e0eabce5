-- identity.link: every link, and what keeps it from joining its two identifiers, looked at by itself
-- grain: link_number
-- A link that a person decided is refused where birth date and sex are both another's, as a merge is. Nobody
-- decided one by a national number, and a newborn may be registered under the mother's: it is refused where
-- the birth dates alone are two persons'.
WITH compared AS (
    SELECT
        s.*,
        a.patient_id IS NULL
        OR coalesce(NOT list_contains(a.facilities, s.facility), FALSE) AS is_unknown,
        b.patient_id IS NULL
        OR coalesce(NOT list_contains(b.facilities, s.linked_facility), FALSE) AS is_linked_unknown,
        is_another_person(a, b) AS is_contradicted,
        are_dates_apart(a.birth_dates, b.birth_dates) AS are_dates_apart
    FROM identity.stated_link AS s
    LEFT JOIN identity.link_side AS a
        ON s.assigning_authority = a.assigning_authority AND s.patient_id = a.patient_id
    LEFT JOIN identity.link_side AS b
        ON
            s.linked_assigning_authority = b.assigning_authority
            AND s.linked_patient_id = b.patient_id
),

checked AS (
    SELECT
        s.link_number,
        coalesce(n.is_valid, TRUE) AND coalesce(a.is_valid, TRUE) AS is_valid,
        coalesce(b.is_valid, TRUE) AS is_linked_valid
    FROM identity.stated_link AS s
    LEFT JOIN identity.linked_number AS n ON s.scheme = n.scheme AND s.number = n.number
    LEFT JOIN knowledge.national_issuer AS i ON upper(s.own_assigning_authority) = i.as_sent
    LEFT JOIN identity.linked_number AS a
        ON i.scheme = a.scheme AND national_number(s.own_patient_id) = a.number
    LEFT JOIN knowledge.national_issuer AS j
        ON upper(s.own_linked_assigning_authority) = j.as_sent
    LEFT JOIN identity.linked_number AS b
        ON j.scheme = b.scheme AND national_number(s.own_linked_patient_id) = b.number
)

SELECT
    s.* EXCLUDE (
        reason_code, field, is_unknown, is_linked_unknown, is_contradicted, are_dates_apart
    ),
    coalesce(s.valid_from <= c.as_of, TRUE) AND coalesce(s.valid_to >= c.as_of, TRUE) AS is_in_force,
    CASE
        WHEN s.reason_code IS NOT NULL THEN s.reason_code
        WHEN NOT (k.is_valid AND k.is_linked_valid) THEN 'link_check_digit'
        WHEN s.is_unknown OR s.is_linked_unknown THEN 'link_unknown_identifier'
        WHEN s.assigning_authority = s.linked_assigning_authority AND s.patient_id = s.linked_patient_id
            THEN 'link_same_person'
        WHEN s.is_contradicted THEN 'link_contradicts_identity'
        WHEN s.origin = 'national_identifier' AND s.are_dates_apart THEN 'link_birth_dates_differ'
    END AS reason_code,
    CASE
        WHEN s.reason_code IS NOT NULL THEN s.field
        WHEN s.origin <> 'link.csv' THEN NULL
        WHEN NOT k.is_valid OR (k.is_linked_valid AND s.is_unknown) THEN 'patient_id'
        WHEN NOT k.is_linked_valid OR s.is_linked_unknown THEN 'linked_patient_id'
    END AS field
FROM compared AS s
INNER JOIN checked AS k ON s.link_number = k.link_number
CROSS JOIN run.clock AS c
