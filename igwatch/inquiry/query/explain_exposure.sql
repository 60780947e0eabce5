-- each drug, diagnosis, procedure and finding of one person, what it does to a rule, or why nothing
-- grain: one row per exposure
-- why_nothing: NULL where it does something; else the reason that quality.unmapped_exposure has, ruled_out,
-- history_of_it (a history that no rule counts), or no_rule_asks.
SELECT
    facility,
    kind,
    event_kind,
    code,
    code_system,
    name,
    certainty,
    effect,
    coalesce(raises_igm, FALSE) AS raises_igm,
    effect = 'note' AND coalesce(raises_igm, FALSE) AS may_explain_igm,
    exposure_group,
    effect IN ('unreviewed_drug', 'unrecognised_drug') AS is_not_recognised,
    unmapped_reason,
    start_date,
    start_date_precision,
    end_date,
    end_date_precision,
    end_known_by,
    mentioned_on,
    active_until,
    CASE
        WHEN effect <> 'unrecognised_drug' THEN NULL
        WHEN certainty = 'excluded' THEN 'ruled_out'
        WHEN exposure_id IS NOT NULL AND effect IS NULL THEN 'history_of_it'
        ELSE coalesce(unmapped_reason, 'no_rule_asks')
    END AS why_nothing
FROM core.exposure
WHERE patient_key = $patient_key
ORDER BY start_date, source_sha256, position, exposure_id
