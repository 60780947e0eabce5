-- core.identifier: whose each identifier is that a result or a message came with
-- grain: identifier_number
WITH sent AS (
    SELECT DISTINCT
        d.assigning_authority,
        d.patient_id,
        coalesce(a.surviving_assigning_authority, d.assigning_authority) AS standing_authority,
        coalesce(a.surviving_patient_id, d.patient_id) AS standing_id
    FROM core.demographic AS d
    LEFT JOIN core.patient_alias AS a
        ON d.assigning_authority = a.assigning_authority AND d.patient_id = a.patient_id
)

SELECT
    (row_number() OVER ())::INTEGER AS identifier_number,
    s.assigning_authority,
    s.patient_id,
    p.person_number,
    p.patient_key,
    p.birth_date,
    p.sex
FROM sent AS s
INNER JOIN core.person AS p
    ON s.standing_authority = p.assigning_authority AND s.standing_id = p.patient_id
