-- each patient of told.patient, with the identifiers that merges took away
-- grain: patient_key
WITH retired AS (
    SELECT
        patient_key,
        list(
            struct_pack(authority := assigning_authority, number := patient_id)
            ORDER BY assigning_authority, patient_id
        ) AS identifiers
    FROM core.patient_alias
    GROUP BY patient_key
)

SELECT
    p.patient_key,
    p.patient_id,
    p.assigning_authority,
    p.birth_date,
    p.born_from,
    p.born_to,
    p.sex,
    coalesce(r.identifiers, []) AS retired
FROM core.patient AS p
SEMI JOIN told.patient AS t ON p.patient_key = t.patient_key
LEFT JOIN retired AS r ON p.patient_key = r.patient_key
ORDER BY p.patient_key
