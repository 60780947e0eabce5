-- mart.worklist: what is asked of a clinic, first things first
-- grain: patient_key, rule_id
-- mart.action says which states ask for something, what, and in what order; urgent overrides.
-- It is asked once per change of state: after a closing verdict nothing is, until the state changes.
WITH changed AS (
    SELECT
        t.patient_key, t.rule_id, t.as_of AS changed_on, t.from_status AS previous_status
    FROM flag.transition AS t
    LEFT JOIN (SELECT DISTINCT run_id, seq FROM run.published_status) AS p
        ON t.published_run_id = p.run_id
    -- what the ledger does not know yet is tonight's
    QUALIFY row_number() OVER (
        PARTITION BY t.patient_key, t.rule_id
        ORDER BY p.seq DESC NULLS FIRST, t.patient_id, t.assigning_authority
    ) = 1
),

flagged AS (
    SELECT
        f.*,
        coalesce(t.changed_on, f.as_of) AS changed_on,
        t.previous_status,
        r.verdict,
        r.reviewed_at,
        coalesce(
            r.verdict <> 'needs_more' AND r.reviewed_at::DATE >= coalesce(t.changed_on, f.as_of),
            false
        ) AS is_closed
    FROM flag.patient_flag AS f
    LEFT JOIN changed AS t ON f.patient_key = t.patient_key AND f.rule_id = t.rule_id
    LEFT JOIN mart.review AS r ON f.patient_key = r.patient_key AND f.rule_id = r.rule_id
),

asked AS (
    SELECT
        f.*,
        a.priority,
        if(f.is_closed, closed.action, a.action) AS action
    FROM flagged AS f
    INNER JOIN mart.action AS a
        ON f.rule_id = a.rule_id AND a.status = if(f.urgent, 'urgent', f.status)
    LEFT JOIN mart.action AS closed
        ON f.rule_id = closed.rule_id AND closed.status = 'reviewed'
)

SELECT
    a.patient_key,
    a.patient_id,
    a.assigning_authority,
    a.facility,
    k.clinic,
    a.rule_id,
    a.status,
    a.urgent,
    a.priority,
    a.changed_on = a.as_of AS is_new,
    a.changed_on,
    a.previous_status,
    a.repeat_due_on,
    a.repeat_overdue_on,
    a.action,
    a.verdict,
    a.reviewed_at,
    a.as_of
FROM asked AS a
LEFT JOIN knowledge.facility AS k ON a.facility = k.facility
