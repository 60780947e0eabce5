-- each pair of records of two authorities that may be one person, for a person to compare
-- grain: patient_id, assigning_authority, linked_patient_id, linked_assigning_authority
-- Left out: pairs of which link.csv or a national number said something already, whatever it was.
-- $is_all: also those of whom no rule follows either.
SELECT
    s.match_probability AS probability,
    a.facility,
    a.assigning_authority,
    a.patient_id,
    b.facility AS linked_facility,
    b.assigning_authority AS linked_assigning_authority,
    b.patient_id AS linked_patient_id,
    a.birth_date,
    b.birth_date AS linked_birth_date,
    a.sex,
    b.sex AS linked_sex,
    len(list_intersect(a.other_numbers, b.other_numbers)) AS shared_numbers,
    a.statuses,
    b.statuses AS linked_statuses
FROM scored AS s
INNER JOIN person AS a ON s.one_id = a.unique_id
INNER JOIN person AS b ON s.other_id = b.unique_id
ANTI JOIN known AS k
    ON
        least(s.one_id, s.other_id) = least(k.patient_key, k.linked_patient_key)
        AND greatest(s.one_id, s.other_id) = greatest(k.patient_key, k.linked_patient_key)
WHERE
    a.assigning_authority <> b.assigning_authority
    AND ($is_all OR len(a.statuses) > 0 OR len(b.statuses) > 0)
ORDER BY
    s.match_probability DESC, a.assigning_authority, a.patient_id, b.assigning_authority, b.patient_id
