-- the drugs, diagnoses, procedures and findings of the file, and how many of them bear on a rule
-- grain: kind, exposure_group
SELECT
    e.kind,
    e.exposure_group,
    count(DISTINCT e.position) AS n,
    if(e.exposure_group IS NULL, 'no rule asks for it', 'bears on ' || any_value(e.applies_to))
        AS meaning
FROM core.exposure AS e
GROUP BY e.kind, e.exposure_group
ORDER BY n DESC, e.kind, e.exposure_group NULLS LAST
