-- each drug, diagnosis, procedure and finding of one person, and what it does to a rule
-- grain: one row per exposure
SELECT
    kind,
    code,
    name,
    effect,
    effect = 'note' AND coalesce(raises_igm, FALSE) AS may_explain_igm,
    exposure_group,
    effect IN ('unreviewed_drug', 'unrecognised_drug') AS is_not_recognised,
    start_date,
    end_date,
    active_until
FROM core.exposure
WHERE patient_key = $patient_key
ORDER BY start_date
