-- core.demographic: what was stated of an identifier's birth date and sex, and when last
-- grain: assigning_authority, patient_id, facility, birth_date, administrative_sex
WITH stated AS (
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        administrative_sex,
        max(message_at) AS last_stated_at
    FROM raw.observation
    GROUP BY ALL
    UNION ALL
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        administrative_sex,
        max(message_at) AS last_stated_at
    FROM raw.patient
    GROUP BY ALL
)

SELECT
    s.assigning_authority,
    s.patient_id,
    s.facility,
    s.birth_date,
    s.administrative_sex,
    k.sex,
    max(s.last_stated_at) AS last_stated_at
FROM stated AS s
LEFT JOIN knowledge.sex AS k ON upper(trim(s.administrative_sex)) = k.as_sent
GROUP BY ALL
