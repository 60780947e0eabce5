-- mart.worklist: what is asked of a clinic, first things first
-- grain: patient_key, rule_id
-- knowledge.action says which states ask for something, what, and in what order; urgent overrides.
-- It is asked once: after a closing verdict nothing is, until something changes (mart.review).
WITH flagged AS (
    SELECT
        f.*,
        coalesce(t.changed_on, f.as_of) AS changed_on,
        t.previous_status,
        r.verdict,
        r.reviewed_at,
        coalesce(r.is_answered, FALSE) AS is_answered
    FROM flag.patient_flag AS f
    LEFT JOIN mart.last_change AS t ON f.patient_key = t.patient_key AND f.rule_id = t.rule_id
    LEFT JOIN mart.review AS r ON f.patient_key = r.patient_key AND f.rule_id = r.rule_id
)

SELECT
    f.patient_key,
    f.patient_id,
    f.assigning_authority,
    f.facility,
    k.clinic,
    f.rule_id,
    f.status,
    f.urgent,
    coalesce(urgent.priority, state.priority) AS priority,
    f.changed_on = f.as_of AS is_new,
    f.changed_on,
    f.previous_status,
    f.repeat_due_on,
    f.repeat_overdue_on,
    if(f.is_answered, answered.action, coalesce(urgent.action, state.action)) AS action,
    f.verdict,
    f.reviewed_at,
    f.as_of
FROM flagged AS f
LEFT JOIN knowledge.action AS state
    ON f.status = state.status AND state.rule_id IN ('*', f.rule_id)
LEFT JOIN knowledge.action AS urgent
    ON f.urgent AND urgent.rule_id IN ('*', f.rule_id) AND urgent.status = 'urgent'
LEFT JOIN knowledge.action AS answered
    ON answered.rule_id IN ('*', f.rule_id) AND answered.status = 'reviewed'
LEFT JOIN knowledge.facility AS k ON f.facility = k.facility
WHERE coalesce(urgent.action, state.action) IS NOT NULL
