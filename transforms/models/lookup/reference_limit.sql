-- lookup.reference_limit: the lowest and highest limit of all tables in use, by age in days and sex
-- grain: reference_set, analyte, sex, age_low_days
-- Ages are half-open: age_low_days <= age < age_high_days. Limits remembered but never read at a
-- source (certainty D) do not decide. For adults a lower IgM limit is never taken below the
-- sourced floor of knowledge.rule_parameter (adult_igm_lower_limit_g_per_l).
WITH in_use AS (
    SELECT
        f.reference_set,
        i.analyte,
        s.sex,
        i.age_low_days,
        coalesce(i.age_high_days, 'infinity'::DOUBLE) AS age_high_days,
        i.lower_limit,
        i.upper_limit
    FROM (SELECT DISTINCT reference_set FROM knowledge.facility) AS f
    INNER JOIN knowledge.reference_interval AS i
        ON list_contains(string_split(f.reference_set, '+'), i.table_id)
    INNER JOIN (VALUES ('F'), ('M'), ('U')) AS s (sex)
        ON i.sex = 'U' OR i.sex = s.sex OR s.sex = 'U'
    WHERE i.certainty <> 'D'
),

edge AS (
    SELECT reference_set, analyte, sex, age_low_days AS age_days FROM in_use
    UNION
    SELECT reference_set, analyte, sex, age_high_days AS age_days FROM in_use
    UNION
    SELECT reference_set, analyte, sex, parameter('*', 'adult_from_days') AS age_days FROM in_use
),

band AS (
    SELECT
        reference_set, analyte, sex,
        age_days AS age_low_days,
        lead(age_days) OVER (
            PARTITION BY reference_set, analyte, sex ORDER BY age_days
        ) AS age_high_days
    FROM edge
),

adult AS (
    SELECT
        parameter('*', 'adult_from_days') AS from_days,
        parameter('*', 'adult_igm_lower_limit_g_per_l') AS igm_lower_limit
)

SELECT
    (row_number() OVER ())::INTEGER AS limit_number,
    b.reference_set,
    b.analyte,
    b.sex,
    b.age_low_days,
    b.age_high_days,
    min(if(b.analyte = 'igm' AND b.age_low_days >= a.from_days,
        greatest(u.lower_limit, a.igm_lower_limit), u.lower_limit)) AS lower_limit_min,
    max(if(b.analyte = 'igm' AND b.age_low_days >= a.from_days,
        greatest(u.lower_limit, a.igm_lower_limit), u.lower_limit)) AS lower_limit_max,
    min(u.upper_limit) AS upper_limit_min,
    max(u.upper_limit) AS upper_limit_max
FROM band AS b
CROSS JOIN adult AS a
INNER JOIN in_use AS u
    ON
        b.reference_set = u.reference_set AND b.analyte = u.analyte AND b.sex = u.sex
        AND b.age_low_days >= u.age_low_days AND b.age_low_days < u.age_high_days
WHERE b.age_high_days IS NOT NULL
GROUP BY ALL
