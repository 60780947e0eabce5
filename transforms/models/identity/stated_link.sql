-- identity.stated_link: every statement that two identifiers are one person, none of them a merge
-- grain: link_number
-- Of link.csv a line each, what cannot be read among them (reason_code); of national numbers a row for each
-- two identifiers that have the same one. A number that more identifiers have than a person can is listed
-- with the first of them only; two whom a merge joined already are no link by number. own_ are the
-- identifiers as stated, the others what merges made of them.
WITH shared AS (
    SELECT
        *,
        count(*) OVER same AS n_identifiers,
        row_number() OVER (same ORDER BY assigning_authority, patient_id) AS place,
        count(*) OVER (PARTITION BY assigning_authority, patient_id, scheme) AS n_numbers
    FROM identity.national_number
    WINDOW same AS (PARTITION BY scheme, number)
),

stated AS (
    SELECT
        'link.csv' AS origin,
        line_number,
        facility,
        assigning_authority,
        patient_id,
        linked_facility,
        linked_assigning_authority,
        linked_patient_id,
        valid_from,
        valid_to,
        decided_by,
        why,
        NULL AS scheme,
        NULL AS number,
        reason_code,
        field
    FROM knowledge.local_link
    UNION ALL
    SELECT
        'national_identifier' AS origin,
        NULL AS line_number,
        NULL AS facility,
        a.assigning_authority,
        a.patient_id,
        NULL AS linked_facility,
        b.assigning_authority AS linked_assigning_authority,
        b.patient_id AS linked_patient_id,
        greatest(a.first_sent_at, b.first_sent_at)::DATE AS valid_from,
        NULL AS valid_to,
        NULL AS decided_by,
        NULL AS why,
        a.scheme,
        a.number,
        CASE
            WHEN a.n_identifiers > threshold('identifiers_of_a_national_number')
                THEN 'link_number_of_many'
            WHEN a.n_numbers > 1 OR b.n_numbers > 1 THEN 'link_several_national_numbers'
        END AS reason_code,
        NULL AS field
    FROM shared AS a
    INNER JOIN shared AS b
        ON
            a.scheme = b.scheme AND a.number = b.number AND a.place < b.place
            AND (a.place = 1 OR a.n_identifiers <= threshold('identifiers_of_a_national_number'))
),

joined AS (
    SELECT
        s.* EXCLUDE (assigning_authority, patient_id, linked_assigning_authority, linked_patient_id),
        s.assigning_authority AS own_assigning_authority,
        s.patient_id AS own_patient_id,
        s.linked_assigning_authority AS own_linked_assigning_authority,
        s.linked_patient_id AS own_linked_patient_id,
        coalesce(a.surviving_assigning_authority, s.assigning_authority) AS assigning_authority,
        coalesce(a.surviving_patient_id, s.patient_id) AS patient_id,
        coalesce(b.surviving_assigning_authority, s.linked_assigning_authority)
            AS linked_assigning_authority,
        coalesce(b.surviving_patient_id, s.linked_patient_id) AS linked_patient_id
    FROM stated AS s
    LEFT JOIN (FROM identity.merge_chain WHERE NOT is_circle) AS a
        ON s.assigning_authority = a.assigning_authority AND s.patient_id = a.patient_id
    LEFT JOIN (FROM identity.merge_chain WHERE NOT is_circle) AS b
        ON
            s.linked_assigning_authority = b.assigning_authority
            AND s.linked_patient_id = b.patient_id
)

SELECT
    row_number() OVER (
        ORDER BY
            origin, line_number, own_assigning_authority, own_patient_id,
            own_linked_assigning_authority, own_linked_patient_id, scheme
    )::INTEGER AS link_number,
    *
FROM joined
WHERE
    origin = 'link.csv' OR assigning_authority <> linked_assigning_authority
    OR patient_id <> linked_patient_id
