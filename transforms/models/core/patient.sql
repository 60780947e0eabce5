-- core.patient: one person after merges, with birth date and sex as last stated
-- grain: patient_key
WITH person AS (
    SELECT
        d.patient_key,
        arg_max(d.patient_id, d.last_stated) AS patient_id,
        arg_max(d.assigning_authority, d.last_stated) AS assigning_authority,
        arg_max(d.facility, d.last_stated) AS facility,
        arg_max(d.birth_date, d.last_stated) FILTER (WHERE d.birth_date IS NOT NULL) AS birth_date,
        coalesce(
            arg_max(s.sex, d.last_stated) FILTER (WHERE s.sex IN ('F', 'M')),
            arg_max(s.sex, d.last_stated) FILTER (WHERE s.sex IS NOT NULL),
            'U'
        ) AS sex,
        count(DISTINCT d.birth_date)::INTEGER AS n_birth_dates,
        count(DISTINCT s.sex) FILTER (WHERE s.sex IN ('F', 'M'))::INTEGER AS n_sexes
    FROM core.demographic AS d
    LEFT JOIN knowledge.sex AS s ON upper(trim(d.administrative_sex)) = s.as_sent
    GROUP BY d.patient_key
),

survivor AS (
    SELECT DISTINCT patient_key, surviving_patient_id, surviving_assigning_authority
    FROM core.patient_alias
)

SELECT
    p.patient_key,
    coalesce(s.surviving_patient_id, p.patient_id) AS patient_id,
    coalesce(s.surviving_assigning_authority, p.assigning_authority) AS assigning_authority,
    p.facility,
    p.birth_date,
    p.sex,
    p.n_birth_dates,
    p.n_sexes
FROM person AS p
LEFT JOIN survivor AS s ON p.patient_key = s.patient_key
