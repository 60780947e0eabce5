-- exposure.coded: rows of knowledge that the codes of a text reach, by their longest prefix
-- grain: exposure_hash, exposure_id, certainty
-- A code of another system counts as the code that it is equivalent to (knowledge.exposure_equivalent).
-- is_group: only the drug's group was reached, which nobody has looked at. Of a group that the site's map
-- names the row with the strongest effect counts, one of the kind that was sent before others.
WITH meant AS (
    SELECT
        exposure_hash,
        code_system,
        plain_code(code) AS code,
        NULL AS certainty
    FROM exposure.site_code
    WHERE code IS NOT NULL
    UNION
    SELECT
        c.exposure_hash,
        c.code_system,
        c.code,
        c.certainty
    FROM exposure.code AS c
    ANTI JOIN exposure.site_code AS s ON c.exposure_hash = s.exposure_hash
    UNION
    SELECT
        c.exposure_hash,
        e.target_code_system AS code_system,
        plain_code(e.target_code) AS code,
        c.certainty
    FROM exposure.code AS c
    INNER JOIN knowledge.exposure_equivalent AS e
        ON c.code_system = e.code_system AND c.code = code_in_system(e.code_system, e.code)
    ANTI JOIN exposure.site_code AS s ON c.exposure_hash = s.exposure_hash
),

reached AS (
    SELECT
        m.exposure_hash,
        k.exposure_id,
        m.certainty,
        k.effect IN ('unreviewed_drug', 'unrecognised_drug') AS is_group
    FROM meant AS m
    INNER JOIN knowledge.exposure AS k
        ON m.code_system = k.code_system AND starts_with(m.code, plain_code(k.code_prefix))
    QUALIFY row_number() OVER (
        PARTITION BY m.exposure_hash, m.code_system, m.code ORDER BY len(k.code_prefix) DESC
    ) = 1
)

SELECT
    s.exposure_hash,
    k.exposure_id,
    NULL AS certainty,
    FALSE AS is_group
FROM exposure.site_code AS s
INNER JOIN knowledge.exposure AS k ON s.exposure_group = k.exposure_group
QUALIFY row_number() OVER (
    PARTITION BY s.exposure_hash, s.exposure_group
    ORDER BY
        k.kind = s.kind DESC,
        list_position(['definite', 'monoclonal', 'immunoglobulin_replacement', 'possible'], k.effect)
            NULLS LAST,
        k.lookback_days DESC NULLS LAST,
        k.exposure_id
) = 1
UNION
SELECT *
FROM reached
