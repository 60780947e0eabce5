-- exposure.recognised: what stands in the way of a text, or nothing, and whether its system is read
-- grain: exposure_hash
-- has_meaning: a code of it is known, so that its name is not asked: a row of knowledge is reached, the
-- site has mapped it, or it is a code of a complete system that no row asks for.
-- is_read: the text can be judged: by its code, by the site's map, by name where that is how a system is
-- read (RxNorm, dm+d: knowledge.exposure_system), or because its name is known.
WITH code AS (
    SELECT
        exposure_hash,
        bool_or(is_complete) AS has_complete
    FROM exposure.code
    GROUP BY exposure_hash
),

coded AS (
    SELECT
        exposure_hash,
        bool_or(NOT is_group) AS is_reached,
        bool_or(is_group) AS is_group
    FROM exposure.coded
    GROUP BY exposure_hash
),

named AS (
    SELECT
        n.exposure_hash,
        bool_or(m.exposure_id IS NOT NULL) AS is_named,
        bool_or(m.is_no_treatment) AS is_no_treatment
    FROM exposure.name AS n
    INNER JOIN exposure.named AS m ON n.kind = m.kind AND n.name = m.name
    GROUP BY n.exposure_hash
),

site AS (
    SELECT DISTINCT exposure_hash
    FROM exposure.site_code
)

SELECT
    t.exposure_hash,
    t.kind,
    s.exposure_hash IS NOT NULL AS is_mapped_by_site,
    coalesce(d.is_reached, FALSE) OR s.exposure_hash IS NOT NULL
    OR (coalesce(c.has_complete, FALSE) AND NOT coalesce(d.is_group, FALSE)) AS has_meaning,
    coalesce(n.is_no_treatment, FALSE) AS is_no_treatment,
    c.exposure_hash IS NOT NULL
    OR s.exposure_hash IS NOT NULL
    OR coalesce(y.code_system = 'NAME' OR z.code_system = 'NAME', FALSE)
    OR coalesce(n.is_named OR n.is_no_treatment, FALSE) AS is_read
FROM exposure.text AS t
LEFT JOIN code AS c ON t.exposure_hash = c.exposure_hash
LEFT JOIN coded AS d ON t.exposure_hash = d.exposure_hash
LEFT JOIN named AS n ON t.exposure_hash = n.exposure_hash
LEFT JOIN site AS s ON t.exposure_hash = s.exposure_hash
LEFT JOIN knowledge.exposure_system AS y ON plain_system(t.code_system) = y.as_sent
LEFT JOIN knowledge.exposure_system AS z ON plain_system(t.alternate_code_system) = z.as_sent
