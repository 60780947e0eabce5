-- drugs, diagnoses, procedures and findings that bear on a rule, each with how its end is known
-- grain: patient_key, name, code, effect, event_kind, certainty, start_date, end_date
SELECT DISTINCT
    x.patient_key,
    x.kind,
    coalesce(x.name, x.code) AS name,
    x.code,
    x.effect,
    coalesce(x.raises_igm, FALSE) AS raises_igm,
    x.event_kind,
    x.certainty,
    x.start_date,
    x.start_date_precision,
    x.end_date,
    x.end_date_precision,
    x.end_known_by,
    x.mentioned_on,
    x.active_until
FROM core.exposure AS x
WHERE
    x.exposure_id IS NOT NULL
    AND x.effect <> 'unrecognised_drug'
    AND x.patient_key IN (SELECT patient_key FROM mart.cohort WHERE clinic IS NOT DISTINCT FROM $1)
ORDER BY ALL
