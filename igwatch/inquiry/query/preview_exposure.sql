-- the drugs, diagnoses, procedures and findings of the file, and how many of them bear on a rule
-- grain: kind, exposure_group
SELECT
    e.kind,
    e.exposure_group,
    count(DISTINCT e.position) AS n,
    coalesce(replace(any_value(e.effect), '_', ' '), 'no rule asks for it') AS meaning
FROM core.exposure AS e
GROUP BY e.kind, e.exposure_group
ORDER BY n DESC, e.kind, e.exposure_group NULLS LAST
