-- identity.link_side: the birth dates and sexes stated under each identifier that a link names
-- grain: assigning_authority, patient_id
-- What was stated under the identifiers that merges made the same counts too. A birth date that is a filler
-- is left out. Whom no result and no message names has no row.
WITH named AS (
    SELECT
        assigning_authority,
        patient_id
    FROM identity.stated_link
    UNION
    SELECT
        linked_assigning_authority,
        linked_patient_id
    FROM identity.stated_link
),

known AS (
    SELECT
        assigning_authority,
        patient_id,
        assigning_authority AS person_authority,
        patient_id AS person_id
    FROM named
    UNION
    SELECT
        m.assigning_authority,
        m.patient_id,
        m.surviving_assigning_authority AS person_authority,
        m.surviving_patient_id AS person_id
    FROM identity.merge_chain AS m
    INNER JOIN named AS n
        ON
            m.surviving_assigning_authority = n.assigning_authority
            AND m.surviving_patient_id = n.patient_id
    WHERE NOT m.is_circle
),

stated AS (
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        administrative_sex
    FROM raw.observation
    SEMI JOIN known USING (assigning_authority, patient_id)
    UNION
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        administrative_sex
    FROM raw.patient
    SEMI JOIN known USING (assigning_authority, patient_id)
)

SELECT
    n.person_authority AS assigning_authority,
    n.person_id AS patient_id,
    list(DISTINCT s.facility) AS facilities,
    list(DISTINCT s.birth_date) FILTER (WHERE s.birth_date IS NOT NULL AND b.birth_date IS NULL)
        AS birth_dates,
    list(DISTINCT k.sex) FILTER (WHERE k.sex IN ('F', 'M')) AS sexes
FROM stated AS s
INNER JOIN known AS n
    ON s.assigning_authority = n.assigning_authority AND s.patient_id = n.patient_id
LEFT JOIN knowledge.birth_date_placeholder AS b ON s.birth_date = b.birth_date
LEFT JOIN knowledge.local_word AS w
    ON
        s.facility = w.facility AND w.topic = 'sex' AND upper(trim(s.administrative_sex)) = w.as_sent
LEFT JOIN knowledge.sex AS k ON coalesce(w.meaning, upper(trim(s.administrative_sex))) = k.as_sent
GROUP BY n.person_authority, n.person_id
