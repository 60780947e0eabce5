-- lookup.reference_limit: the lowest and highest limit of all tables in use, by age in days and sex
-- grain: reference_set, analyte, sex, age_low_days
-- Ages are half-open: age_low_days <= age < age_high_days. Limits remembered but never read at a
-- source (certainty D) do not decide. For adults a lower IgM limit is never taken below the
-- sourced floor of knowledge.rule_parameter (adult_igm_lower_limit_g_per_l), unless a fixed cut stands
-- there (igm_cut_adult_g_per_l, igm_cut_child_g_per_l), which takes the place of every table's.
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
        parameter('*', 'adult_igm_lower_limit_g_per_l') AS igm_lower_limit,
        nullif(parameter('*', 'igm_cut_adult_g_per_l'), 0) AS igm_cut,
        nullif(parameter('*', 'igm_cut_child_g_per_l'), 0) AS igm_cut_child
),

-- each table's lower limit as it decides
deciding AS (
    SELECT
        u.* EXCLUDE (lower_limit),
        b.age_low_days AS band_low_days,
        b.age_high_days AS band_high_days,
        CASE
            WHEN b.analyte <> 'igm' THEN u.lower_limit
            WHEN b.age_low_days >= a.from_days
                THEN coalesce(a.igm_cut, greatest(u.lower_limit, a.igm_lower_limit))
            ELSE coalesce(a.igm_cut_child, u.lower_limit)
        END AS lower_limit
    FROM band AS b
    CROSS JOIN adult AS a
    INNER JOIN in_use AS u
        ON
            b.reference_set = u.reference_set AND b.analyte = u.analyte AND b.sex = u.sex
            AND b.age_low_days >= u.age_low_days AND b.age_low_days < u.age_high_days
    WHERE b.age_high_days IS NOT NULL
)

SELECT
    (row_number() OVER ())::INTEGER AS limit_number,
    reference_set,
    analyte,
    sex,
    band_low_days AS age_low_days,
    band_high_days AS age_high_days,
    min(lower_limit) AS lower_limit_min,
    max(lower_limit) AS lower_limit_max,
    min(upper_limit) AS upper_limit_min,
    max(upper_limit) AS upper_limit_max
FROM deciding
GROUP BY ALL
