-- mart.watched: every flag that asks nothing tonight, why, and when it will ask
-- grain: patient_key, rule_id
-- asks_on: the day on which the flag comes to the worklist if nothing happens until then; NULL: only
-- something new brings it there.
SELECT
    a.patient_key,
    a.patient_id,
    a.assigning_authority,
    a.facility,
    k.clinic,
    a.rule_id,
    a.status,
    CASE
        WHEN a.is_quieted THEN 'dismissed'
        WHEN a.is_answered AND a.verdict = 'confirmed' THEN 'known_to_the_clinic'
        WHEN a.is_answered THEN 'answered'
        WHEN a.status = 'candidate' THEN 'awaiting_repeat'
        WHEN a.status = 'indeterminate' AND NOT a.is_recent THEN 'lapsed'
        ELSE a.status
    END AS watched_as,
    CASE
        WHEN a.is_answered THEN a.asks_again_on
        WHEN a.status = 'candidate' THEN a.repeat_due_on
    END AS asks_on,
    a.alarming,
    a.severity,
    a.repeat_due_on,
    a.verdict,
    a.reviewed_at,
    a.seen_at,
    a.changed_on,
    a.as_of
FROM mart.asked AS a
LEFT JOIN knowledge.facility AS k ON a.facility = k.facility
WHERE a.ask IS NULL
