-- exposure.code: each code within a text that is a code of a system that is read
-- grain: exposure_hash, code_system, code
-- Both triplets count; a cell may hold several codes (N05AH02;N05AN01) and a system before a code
-- (ICD10CM:C91.10). A stated system decides: one that is not read has no row, whatever its codes look
-- like. Where none is stated the kind and the shape do (knowledge.exposure_shape). certainty is what a
-- national letter behind the code says of it (C91.10V).
WITH cell AS (
    SELECT
        exposure_hash,
        kind,
        code_system,
        code
    FROM exposure.text
    WHERE code IS NOT NULL
    UNION ALL
    SELECT
        exposure_hash,
        kind,
        alternate_code_system AS code_system,
        alternate_code AS code
    FROM exposure.text
    WHERE alternate_code IS NOT NULL
),

part AS (
    SELECT
        exposure_hash,
        kind,
        code_system,
        trim(unnest(string_split_regex(code, '[;,|]'))) AS code
    FROM cell
),

said AS (
    SELECT
        exposure_hash,
        kind,
        coalesce(nullif(regexp_extract(code, '^([A-Za-z][A-Za-z0-9 ._-]*):', 1), ''), code_system)
            AS system_as_sent,
        upper(regexp_replace(regexp_replace(code, '^[A-Za-z][A-Za-z0-9 ._-]*:', ''), '\s', '', 'g')) AS code
    FROM part
)

SELECT
    s.exposure_hash,
    h.read_as AS code_system,
    code_in_system(h.read_as, if(t.meaning IS NULL, s.code, left(s.code, -1))) AS code,
    h.is_complete,
    t.meaning AS certainty
FROM (SELECT DISTINCT * FROM said) AS s
LEFT JOIN knowledge.exposure_system AS y ON plain_system(s.system_as_sent) = y.as_sent
INNER JOIN knowledge.exposure_shape AS h
    ON
        regexp_matches(s.code, h.pattern)
        AND if(s.system_as_sent IS NULL, s.kind = h.unstated_kind, y.code_system = h.code_system)
LEFT JOIN knowledge.exposure_status AS t
    ON h.certainty_letters = t.field AND right(s.code, 1) = t.as_sent
-- a letter of certainty is none of the code's signs
QUALIFY row_number() OVER (
    PARTITION BY s.exposure_hash, s.system_as_sent, s.code, h.read_as ORDER BY t.meaning NULLS LAST
) = 1
