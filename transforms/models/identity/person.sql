-- identity.person: one person after merges, with birth date and sex as last stated
-- grain: assigning_authority, patient_id
-- Other models call its rowid person_number: a column of its own would be numbered on one thread only.
-- The latest statement decides; of those of the same time one by its content, so that the order of
-- arrival decides nothing. A contradicted identity (identity.contradicted_identity) states nothing: who
-- has no other has no row in core.patient.
WITH stated AS (
    SELECT
        d.facility,
        d.birth_date,
        d.is_birth_date_deleted,
        d.is_sex_deleted,
        d.sex,
        d.has_results,
        h.patient_id IS NULL AS is_identity_accepted,
        {
            'time': coalesce(d.last_stated_at, 'epoch'::TIMESTAMP),
            'tie_break': hash(d.facility, d.birth_date, d.administrative_sex) % 4294967296
        } AS stated_at,
        coalesce(a.surviving_patient_id, d.patient_id) AS patient_id,
        coalesce(a.surviving_assigning_authority, d.assigning_authority) AS assigning_authority,
        a.patient_key
    FROM identity.demographic AS d
    LEFT JOIN core.patient_alias AS a
        ON d.assigning_authority = a.assigning_authority AND d.patient_id = a.patient_id
    LEFT JOIN identity.contradicted_identity AS h
        ON
            d.assigning_authority = h.assigning_authority AND d.patient_id = h.patient_id
            AND d.birth_date IS NOT DISTINCT FROM h.birth_date
            AND d.administrative_sex IS NOT DISTINCT FROM h.administrative_sex
),

person AS (
    SELECT
        assigning_authority,
        patient_id,
        any_value(patient_key) AS patient_key,
        bool_or(has_results) AS has_results,
        bool_or(is_identity_accepted) AS is_identity_accepted,
        arg_max(facility, stated_at) FILTER (WHERE is_identity_accepted) AS facility,
        arg_max(coalesce(birth_date, 'infinity'::DATE), stated_at)
            FILTER (WHERE is_identity_accepted AND (birth_date IS NOT NULL OR is_birth_date_deleted))
            AS birth_date,
        arg_max(coalesce(sex, 'U'), stated_at)
            FILTER (WHERE is_identity_accepted AND (sex IN ('F', 'M') OR is_sex_deleted)) AS sex,
        arg_max(sex, stated_at) FILTER (WHERE is_identity_accepted AND sex IS NOT NULL) AS other_sex,
        min(birth_date) FILTER (WHERE is_identity_accepted) AS first_birth_date,
        max(birth_date) FILTER (WHERE is_identity_accepted) AS last_birth_date,
        coalesce(bool_or(is_identity_accepted AND sex = 'F')::INTEGER, 0)
        + coalesce(bool_or(is_identity_accepted AND sex = 'M')::INTEGER, 0) AS n_sexes
    FROM stated
    GROUP BY assigning_authority, patient_id
)

SELECT
    coalesce(patient_key, patient_key(assigning_authority, patient_id)) AS patient_key,
    patient_id,
    assigning_authority,
    is_identity_accepted,
    facility,
    nullif(birth_date, 'infinity'::DATE) AS birth_date,
    coalesce(sex, other_sex, 'U') AS sex,
    -- of more than one identity.several_birth_dates says how many
    CASE
        WHEN first_birth_date <> last_birth_date THEN NULL
        ELSE (first_birth_date IS NOT NULL)::INTEGER
    END AS n_birth_dates,
    n_sexes,
    has_results
FROM person
