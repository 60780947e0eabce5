-- each patient of told.patient, with the identifiers that merges took away and those that links join
-- grain: patient_key
WITH other AS (
    SELECT
        patient_key,
        joined_by,
        list(
            struct_pack(authority := assigning_authority, number := patient_id)
            ORDER BY assigning_authority, patient_id
        ) AS identifiers
    FROM core.patient_alias
    GROUP BY patient_key, joined_by
)

SELECT
    p.patient_key,
    p.patient_id,
    p.assigning_authority,
    p.birth_date,
    p.born_from,
    p.born_to,
    p.sex,
    coalesce(r.identifiers, []) AS retired,
    coalesce(l.identifiers, []) AS linked
FROM core.patient AS p
SEMI JOIN told.patient AS t ON p.patient_key = t.patient_key
LEFT JOIN other AS r ON p.patient_key = r.patient_key AND r.joined_by = 'merge'
LEFT JOIN other AS l ON p.patient_key = l.patient_key AND l.joined_by = 'link'
ORDER BY p.patient_key
