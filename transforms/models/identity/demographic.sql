-- identity.demographic: what was stated of an identifier's birth date and sex, and when last
-- grain: assigning_authority, patient_id, facility, birth_date, administrative_sex, is_birth_date_deleted
-- A birth date that is a filler (knowledge.birth_date_placeholder, or an age beyond all people's) is left
-- out; is_birth_date_placeholder says so. HL7 v2 chapter 2: an empty field says nothing, "" says that
-- what was known is to be forgotten.
WITH stated AS (
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        birth_date_source_value,
        administrative_sex,
        message_at,
        TRUE AS is_result
    FROM raw.observation
    UNION ALL
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        birth_date_source_value,
        administrative_sex,
        message_at,
        FALSE AS is_result
    FROM raw.patient
),

combined AS (
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        administrative_sex,
        coalesce(birth_date_source_value = '""', FALSE) AS is_birth_date_deleted,
        max(message_at) AS last_stated_at,
        bool_or(is_result) AS has_results
    FROM stated
    GROUP BY ALL
),

known AS (
    SELECT
        c.* EXCLUDE (birth_date, last_stated_at, has_results),
        if(b.birth_date IS NULL AND NOT is_too_old(c.birth_date, c.last_stated_at), c.birth_date, NULL)
            AS birth_date,
        bool_or(b.birth_date IS NOT NULL OR is_too_old(c.birth_date, c.last_stated_at))
            AS is_birth_date_placeholder,
        max(c.last_stated_at) AS last_stated_at,
        bool_or(c.has_results) AS has_results
    FROM combined AS c
    LEFT JOIN knowledge.birth_date_placeholder AS b ON c.birth_date = b.birth_date
    GROUP BY ALL
)

SELECT
    t.*,
    coalesce(t.administrative_sex = '""', FALSE) AS is_sex_deleted,
    k.sex
FROM known AS t
LEFT JOIN knowledge.local_word AS w
    ON
        t.facility = w.facility AND w.topic = 'sex'
        AND upper(trim(t.administrative_sex)) = w.as_sent
LEFT JOIN knowledge.sex AS k ON coalesce(w.meaning, upper(trim(t.administrative_sex))) = k.as_sent
