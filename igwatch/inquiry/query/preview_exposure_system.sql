-- the systems of codes in which the file states its exposures, and how many rows of each can be judged
-- grain: kind, code_system
-- A column of many such systems holds something else: then shapes are shown.
WITH counted AS (
    SELECT
        t.kind,
        t.code_system,
        bool_or(t.code IS NOT NULL) AS has_code,
        count(*) AS n,
        count(*) FILTER (WHERE r.is_read) AS n_read,
        count(*) OVER () AS n_systems
    FROM exposure.remaining AS e
    INNER JOIN exposure.text AS t ON e.exposure_hash = t.exposure_hash
    LEFT JOIN exposure.recognised AS r ON e.exposure_hash = r.exposure_hash
    GROUP BY t.kind, t.code_system
)

SELECT
    kind,
    if(n_systems > 24, text_shape(code_system), code_system) AS code_system,
    bool_or(has_code) AS has_code,
    sum(n)::BIGINT AS n,
    sum(n_read)::BIGINT AS n_read
FROM counted
GROUP BY ALL
ORDER BY n DESC, kind, code_system
