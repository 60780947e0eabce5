-- exposure.name: each name within a text, made comparable
-- grain: exposure_hash, name
-- A code that stands alone is read as a name, of a diagnosis only where no system is stated. "?CLL" is a
-- suspicion.
WITH sent AS (
    SELECT
        exposure_hash,
        kind,
        unnest([
            name,
            alternate_name,
            if(
                name IS NULL AND alternate_name IS NULL
                AND (kind = 'medication' OR (code_system IS NULL AND alternate_code_system IS NULL)),
                coalesce(code, alternate_code),
                NULL
            )
        ]) AS name
    FROM exposure.text
)

SELECT DISTINCT
    exposure_hash,
    kind,
    plain_name(if(kind = 'diagnosis', regexp_replace(name, '^\s*\?+', 'suspected '), name)) AS name
FROM sent
WHERE name IS NOT NULL
