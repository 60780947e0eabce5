-- identity.merge_side: the birth dates and sexes stated under each identifier that a merge names
-- grain: assigning_authority, patient_id
-- An identifier of which one of the two is not known has no row: it contradicts nobody.
WITH named AS (
    SELECT
        assigning_authority,
        patient_id
    FROM identity.merge_step
    UNION
    SELECT
        surviving_assigning_authority,
        surviving_patient_id
    FROM identity.merge_step
),

stated AS (
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        administrative_sex
    FROM raw.observation
    SEMI JOIN named USING (assigning_authority, patient_id)
    UNION
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        administrative_sex
    FROM raw.patient
    SEMI JOIN named USING (assigning_authority, patient_id)
)

SELECT
    s.assigning_authority,
    s.patient_id,
    list(DISTINCT s.birth_date) FILTER (WHERE s.birth_date IS NOT NULL) AS birth_dates,
    list(DISTINCT k.sex) FILTER (WHERE k.sex IN ('F', 'M')) AS sexes
FROM stated AS s
LEFT JOIN knowledge.local_word AS w
    ON
        s.facility = w.facility AND w.topic = 'sex' AND upper(trim(s.administrative_sex)) = w.as_sent
LEFT JOIN knowledge.sex AS k ON coalesce(w.meaning, upper(trim(s.administrative_sex))) = k.as_sent
GROUP BY s.assigning_authority, s.patient_id
HAVING birth_dates IS NOT NULL AND sexes IS NOT NULL
