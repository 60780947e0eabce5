-- exposure.site_code: what the site's own map (NAME.exposures.csv) says that a text means
-- grain: exposure_hash, exposure_group, code_system, code
-- A text that it names means that and nothing else; without a group or a code it means nothing for the rules.
SELECT DISTINCT
    t.exposure_hash,
    t.kind,
    x.exposure_group,
    x.target_code_system AS code_system,
    x.target_code AS code
FROM exposure.text AS t
INNER JOIN knowledge.local_exposure AS x
    ON
        t.facility = x.facility
        AND CASE
            WHEN x.code IS NULL THEN plain_name(x.name) IN (plain_name(t.name), plain_name(t.alternate_name))
            ELSE
                (
                    plain_code(t.code) = plain_code(x.code)
                    AND plain_system(t.code_system) IS NOT DISTINCT FROM plain_system(x.code_system)
                )
                OR (
                    plain_code(t.alternate_code) = plain_code(x.code)
                    AND plain_system(t.alternate_code_system)
                    IS NOT DISTINCT FROM plain_system(x.code_system)
                )
        END
