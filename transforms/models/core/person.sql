-- core.person: whose an identifier is, with what is known of that person
-- grain: assigning_authority, patient_id
WITH sent AS (
    SELECT DISTINCT assigning_authority, patient_id FROM core.demographic
),

standing AS (
    SELECT
        s.assigning_authority,
        s.patient_id,
        coalesce(a.surviving_assigning_authority, s.assigning_authority) AS standing_authority,
        coalesce(a.surviving_patient_id, s.patient_id) AS standing_id
    FROM sent AS s
    LEFT JOIN core.patient_alias AS a
        ON s.assigning_authority = a.assigning_authority AND s.patient_id = a.patient_id
)

SELECT
    s.assigning_authority,
    s.patient_id,
    coalesce(
        p.patient_key, left(sha256(s.standing_authority || chr(31) || s.standing_id), 16)
    ) AS patient_key,
    p.birth_date,
    coalesce(p.sex, 'U') AS sex
FROM standing AS s
LEFT JOIN core.patient AS p
    ON s.standing_authority = p.assigning_authority AND s.standing_id = p.patient_id
