-- identity.birth_period: the days on which a person may be born of whom only a year or month was sent
-- grain: person_number
-- From the first to the last day that any statement leaves possible. Who has a whole birth date has no row.
WITH stated AS (
    SELECT DISTINCT
        assigning_authority,
        patient_id,
        birth_date_source_value AS born
    FROM raw.observation
    WHERE birth_date IS NULL AND birth_date_source_value IS NOT NULL
    UNION
    SELECT DISTINCT
        assigning_authority,
        patient_id,
        birth_date_source_value AS born
    FROM raw.patient
    WHERE birth_date IS NULL AND birth_date_source_value IS NOT NULL
),

period AS (
    SELECT
        assigning_authority,
        patient_id,
        regexp_extract(born, '^([0-9]{4})(-?([0-9]{2}))?(-?00)?$', ['year', 'dash', 'month', 'day']) AS part
    FROM stated
),

dated AS (
    SELECT
        assigning_authority,
        patient_id,
        try_cast(
            part.year || '-' || if(part.month IN ('', '00'), '01', part.month) || '-01' AS DATE
        ) AS born_from,
        part.month IN ('', '00') AS is_year
    FROM period
    WHERE part.year <> ''
)

SELECT
    i.person_number,
    min(d.born_from) AS born_from,
    max(d.born_from + if(d.is_year, INTERVAL 1 YEAR, INTERVAL 1 MONTH) - INTERVAL 1 DAY)::DATE AS born_to
FROM dated AS d
INNER JOIN identity.identifier AS i
    ON d.assigning_authority = i.assigning_authority AND d.patient_id = i.patient_id
WHERE d.born_from IS NOT NULL AND i.birth_date IS NULL
GROUP BY i.person_number
