-- core.demographic: what was stated of a person's birth date and sex, and when last
-- grain: patient_key, patient_id, assigning_authority, facility, birth_date, administrative_sex
WITH stated AS (
    SELECT
        patient_id, assigning_authority, facility, birth_date, administrative_sex,
        max(row(message_at, source_sha256, position)) AS last_stated
    FROM raw.observation
    GROUP BY ALL
    UNION ALL
    SELECT
        patient_id, assigning_authority, facility, birth_date, administrative_sex,
        max(row(message_at, source_sha256, position)) AS last_stated
    FROM raw.patient
    GROUP BY ALL
)

SELECT
    coalesce(a.patient_key, sha256(s.assigning_authority || chr(31) || s.patient_id)[:16])
        AS patient_key,
    s.*
FROM stated AS s
LEFT JOIN core.patient_alias AS a
    ON s.assigning_authority = a.assigning_authority AND s.patient_id = a.patient_id
