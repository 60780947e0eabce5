-- core.patient: one person after merges, with birth date and sex as last stated
-- grain: patient_key
-- Of two statements of the same time the greater one is taken, so that the order of arrival decides
-- nothing. Held identities (core.identity_held) state nothing.
WITH stated AS (
    SELECT
        d.facility,
        d.birth_date,
        d.sex,
        coalesce(d.last_stated_at, '-infinity'::TIMESTAMP) AS stated_at,
        coalesce(a.surviving_patient_id, d.patient_id) AS patient_id,
        coalesce(a.surviving_assigning_authority, d.assigning_authority) AS assigning_authority,
        a.patient_key
    FROM core.demographic AS d
    LEFT JOIN core.patient_alias AS a
        ON d.assigning_authority = a.assigning_authority AND d.patient_id = a.patient_id
    ANTI JOIN core.identity_held AS h
        ON
            d.assigning_authority = h.assigning_authority AND d.patient_id = h.patient_id
            AND d.birth_date = h.birth_date AND d.administrative_sex = h.administrative_sex
),

person AS (
    SELECT
        assigning_authority,
        patient_id,
        any_value(patient_key) AS patient_key,
        max((stated_at, facility)) AS last_facility,
        max((stated_at, birth_date)) FILTER (WHERE birth_date IS NOT NULL) AS last_birth_date,
        max((stated_at, sex)) FILTER (WHERE sex IN ('F', 'M')) AS last_sex,
        max((stated_at, sex)) FILTER (WHERE sex IS NOT NULL) AS last_other_sex,
        count(DISTINCT birth_date)::INTEGER AS n_birth_dates,
        count(DISTINCT sex) FILTER (WHERE sex IN ('F', 'M'))::INTEGER AS n_sexes
    FROM stated
    GROUP BY assigning_authority, patient_id
)

SELECT
    coalesce(patient_key, left(sha256(assigning_authority || chr(31) || patient_id), 16))
        AS patient_key,
    patient_id,
    assigning_authority,
    last_facility[2] AS facility,
    last_birth_date[2] AS birth_date,
    coalesce(last_sex[2], last_other_sex[2], 'U') AS sex,
    n_birth_dates,
    n_sexes
FROM person
