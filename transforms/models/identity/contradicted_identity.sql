-- identity.contradicted_identity: birth date and sex under an identifier that a commoner pair contradicts
-- grain: assigning_authority, patient_id, birth_date, administrative_sex
-- Two birth dates are two persons, unless one is a slip of the other or its correction: a later update
-- (A08, A31) that first gave it, or one that deleted the other before. With another sex at once not even
-- then. The pair stated on more days of collection (with those that do not contradict it) is believed; of
-- two equally frequent ones neither is. Results that state a contradicted pair, or under such an identifier
-- no birth date, are joined to nobody.
WITH doubtful AS (
    SELECT
        assigning_authority,
        patient_id
    FROM identity.demographic
    WHERE birth_date IS NOT NULL
    GROUP BY assigning_authority, patient_id
    HAVING min(birth_date) <> max(birth_date)
),

sent AS (
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        birth_date_source_value,
        administrative_sex,
        collected_at::DATE AS stated_on,
        message_at,
        FALSE AS is_update
    FROM raw.observation
    SEMI JOIN doubtful USING (assigning_authority, patient_id)
    UNION ALL
    SELECT
        assigning_authority,
        patient_id,
        facility,
        birth_date,
        birth_date_source_value,
        administrative_sex,
        message_at::DATE AS stated_on,
        message_at,
        event IN ('A08', 'A31') AS is_update
    FROM raw.patient
    SEMI JOIN doubtful USING (assigning_authority, patient_id)
),

deleted AS (
    SELECT
        assigning_authority,
        patient_id,
        list(DISTINCT message_at) AS deleted_at
    FROM sent
    WHERE birth_date_source_value = '""'
    GROUP BY assigning_authority, patient_id
),

stated AS (
    SELECT
        s.assigning_authority,
        s.patient_id,
        s.birth_date,
        if(k.sex IN ('F', 'M'), k.sex, NULL) AS sex,
        s.stated_on,
        min(s.message_at) OVER of_date AS first_stated_at,
        min(s.message_at) FILTER (WHERE s.is_update) OVER of_date AS updated_at,
        d.deleted_at
    FROM sent AS s
    LEFT JOIN deleted AS d USING (assigning_authority, patient_id)
    LEFT JOIN knowledge.local_word AS w
        ON
            s.facility = w.facility AND w.topic = 'sex'
            AND upper(trim(s.administrative_sex)) = w.as_sent
    LEFT JOIN knowledge.sex AS k
        ON coalesce(w.meaning, upper(trim(s.administrative_sex))) = k.as_sent
    WHERE s.birth_date IS NOT NULL
    WINDOW of_date AS (PARTITION BY s.assigning_authority, s.patient_id, s.birth_date)
),

pair AS (
    SELECT
        *,
        list(DISTINCT stated_on) AS days
    FROM stated
    GROUP BY ALL
),

compared AS (
    SELECT
        i.assigning_authority,
        i.patient_id,
        i.birth_date,
        i.sex,
        j.birth_date AS other_birth_date,
        j.sex AS other_sex,
        j.days,
        coalesce(i.birth_date <> j.birth_date AND (
            coalesce(i.sex <> j.sex, FALSE)
            OR NOT (
                is_date_slip(i.birth_date, j.birth_date)
                OR is_date_corrected(i, j)
                OR is_date_corrected(j, i)
            )
        ), FALSE) AS is_contradiction
    FROM pair AS i
    INNER JOIN pair AS j
        ON i.assigning_authority = j.assigning_authority AND i.patient_id = j.patient_id
),

supported AS (
    SELECT
        assigning_authority,
        patient_id,
        birth_date,
        sex,
        len(list_distinct(flatten(list(days) FILTER (WHERE NOT is_contradiction)))) AS n_days
    FROM compared
    GROUP BY assigning_authority, patient_id, birth_date, sex
),

contradicted AS (
    SELECT DISTINCT
        c.assigning_authority,
        c.patient_id,
        c.birth_date,
        c.sex
    FROM compared AS c
    INNER JOIN supported AS s
        ON
            c.assigning_authority = s.assigning_authority AND c.patient_id = s.patient_id
            AND c.birth_date = s.birth_date AND c.sex IS NOT DISTINCT FROM s.sex
    INNER JOIN supported AS other
        ON
            c.assigning_authority = other.assigning_authority AND c.patient_id = other.patient_id
            AND c.other_birth_date = other.birth_date
            AND c.other_sex IS NOT DISTINCT FROM other.sex
    WHERE c.is_contradiction AND s.n_days <= other.n_days
)

SELECT DISTINCT
    d.assigning_authority,
    d.patient_id,
    d.birth_date,
    d.administrative_sex
FROM identity.demographic AS d
SEMI JOIN contradicted AS c
    ON
        d.assigning_authority = c.assigning_authority AND d.patient_id = c.patient_id
        AND d.birth_date = c.birth_date
        AND if(d.sex IN ('F', 'M'), d.sex, NULL) IS NOT DISTINCT FROM c.sex
UNION
SELECT
    d.assigning_authority,
    d.patient_id,
    d.birth_date,
    d.administrative_sex
FROM identity.demographic AS d
SEMI JOIN contradicted AS c
    ON d.assigning_authority = c.assigning_authority AND d.patient_id = c.patient_id
WHERE d.birth_date IS NULL AND NOT d.is_birth_date_deleted
