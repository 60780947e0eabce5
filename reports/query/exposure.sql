-- drugs, diagnoses, procedures and findings that bear on a rule
-- grain: patient_key, name, code, effect, start_date, end_date
SELECT DISTINCT
    x.patient_key,
    x.kind,
    coalesce(x.name, x.code) AS name,
    x.code,
    x.effect,
    coalesce(x.raises_igm, FALSE) AS raises_igm,
    x.start_date,
    x.end_date,
    x.active_until
FROM core.exposure AS x
WHERE
    x.exposure_id IS NOT NULL
    AND x.effect <> 'unrecognised_drug'
    AND x.patient_key IN (SELECT patient_key FROM mart.cohort WHERE clinic IS NOT DISTINCT FROM $1)
ORDER BY ALL
