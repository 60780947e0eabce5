-- identity.contradicted_identity: birth date and sex under an identifier that a commoner pair contradicts
-- grain: assigning_authority, patient_id, birth_date, administrative_sex
-- Another birth date and another sex at once is another person, not a slip of the pen. The pair stated
-- on more days of collection is believed; of two equally frequent ones neither is. Results that state a
-- contradicted pair are joined to nobody.
WITH doubtful AS (
    SELECT
        assigning_authority,
        patient_id
    FROM identity.demographic
    WHERE birth_date IS NOT NULL AND sex IN ('F', 'M')
    GROUP BY assigning_authority, patient_id
    HAVING min(birth_date) <> max(birth_date) AND min(sex) <> max(sex)
),

stated AS (
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        administrative_sex,
        collected_at::DATE AS stated_on
    FROM raw.observation
    SEMI JOIN doubtful USING (assigning_authority, patient_id)
    UNION
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        administrative_sex,
        message_at::DATE AS stated_on
    FROM raw.patient
    SEMI JOIN doubtful USING (assigning_authority, patient_id)
),

identity AS (
    SELECT
        s.assigning_authority,
        s.patient_id,
        s.birth_date,
        k.sex,
        count(DISTINCT s.stated_on) AS n_days
    FROM stated AS s
    LEFT JOIN knowledge.local_word AS w
        ON
            s.facility = w.facility AND w.topic = 'sex'
            AND upper(trim(s.administrative_sex)) = w.as_sent
    INNER JOIN knowledge.sex AS k
        ON coalesce(w.meaning, upper(trim(s.administrative_sex))) = k.as_sent
    WHERE s.birth_date IS NOT NULL AND k.sex IN ('F', 'M')
    GROUP BY ALL
),

contradicted AS (
    SELECT DISTINCT
        i.assigning_authority,
        i.patient_id,
        i.birth_date,
        i.sex
    FROM identity AS i
    INNER JOIN identity AS other
        ON
            i.assigning_authority = other.assigning_authority AND i.patient_id = other.patient_id
            AND i.birth_date <> other.birth_date AND i.sex <> other.sex
            AND i.n_days <= other.n_days
)

SELECT DISTINCT
    d.assigning_authority,
    d.patient_id,
    d.birth_date,
    d.administrative_sex
FROM identity.demographic AS d
SEMI JOIN contradicted AS h
    ON
        d.assigning_authority = h.assigning_authority AND d.patient_id = h.patient_id
        AND d.birth_date = h.birth_date AND d.sex = h.sex
