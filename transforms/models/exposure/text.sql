-- exposure.text: each kind, coding system, code and name that was sent, once, made comparable
-- grain: exposure_hash
-- code_system is ours only where a code may be compared with ours: the sender states that system, or none,
-- and the code has the system's shape. A stated other system never does.
WITH sent AS (
    SELECT DISTINCT
        exposure_hash,
        kind,
        code_system,
        code,
        name
    FROM exposure.remaining
),

compared AS (
    SELECT
        s.exposure_hash,
        s.kind,
        s.code_system AS system_as_sent,
        upper(regexp_replace(s.code, '\s', '', 'g')) AS code,
        coalesce(s.name, s.code) AS name,
        y.code_system
    FROM sent AS s
    LEFT JOIN knowledge.exposure_system AS y ON plain_system(s.code_system) = y.as_sent
)

SELECT
    p.exposure_hash,
    p.kind,
    p.system_as_sent,
    h.code_system,
    if(h.code_system IS NULL, NULL, regexp_replace(p.code, '[^A-Z0-9_]', '', 'g')) AS code,
    plain_name(p.name) AS name
FROM compared AS p
LEFT JOIN knowledge.exposure_shape AS h
    ON
        regexp_matches(p.code, h.pattern)
        AND if(p.system_as_sent IS NULL, p.kind = h.unstated_kind, p.code_system = h.code_system)
