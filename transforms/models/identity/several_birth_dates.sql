-- identity.several_birth_dates: how many birth dates were stated, of each person with several
-- grain: person_number
-- Counted apart from identity.person: such persons are few, and counting the dates of all is slow.
WITH doubtful AS (
    SELECT
        i.assigning_authority,
        i.patient_id,
        i.person_number
    FROM identity.person AS p
    INNER JOIN identity.identifier AS i ON p.rowid = i.person_number
    WHERE p.n_birth_dates IS NULL
)

SELECT
    x.person_number,
    count(DISTINCT d.birth_date)::INTEGER AS n_birth_dates
FROM identity.demographic AS d
INNER JOIN doubtful AS x
    ON d.assigning_authority = x.assigning_authority AND d.patient_id = x.patient_id
ANTI JOIN identity.contradicted_identity AS h
    ON
        d.assigning_authority = h.assigning_authority AND d.patient_id = h.patient_id
        AND d.birth_date IS NOT DISTINCT FROM h.birth_date
        AND d.administrative_sex IS NOT DISTINCT FROM h.administrative_sex
GROUP BY x.person_number
