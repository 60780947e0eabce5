-- the drugs, diagnoses, procedures and findings of the file, and how many of them bear on a rule
-- grain: kind, exposure_group, meaning
SELECT
    e.kind,
    e.exposure_group,
    count(DISTINCT e.position) AS n,
    coalesce(
        replace(any_value(e.effect), '_', ' '),
        if(any_value(e.unmapped_reason) IS NULL, 'no rule asks for it', 'not recognised')
    ) AS meaning
FROM core.exposure AS e
GROUP BY e.kind, e.exposure_group, e.unmapped_reason IS NULL
ORDER BY n DESC, e.kind, e.exposure_group NULLS LAST, meaning
