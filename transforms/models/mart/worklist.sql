-- mart.worklist: what is asked of a clinic tonight, first things first
-- grain: patient_key, rule_id
-- Only flags that ask for something (mart.asked); the rest is in mart.watched. knowledge.action says what
-- each asks, and in what order; of one kind the one that waits longest stands first. Where electrophoresis
-- comes first (by age, by severity or by route) the action begins with it. A child whose urgent result
-- lies in files that are withheld tonight stands here too (run.withheld_urgent), in the place of what
-- else was asked of the rule. New is a line whose state changed tonight, but not by the calendar alone
-- while it was here already: becoming overdue only sorts it anew (rules 2026.2, 6).
WITH withheld AS (
    SELECT w.*
    FROM run.withheld_urgent AS w
    ANTI JOIN flag.patient_flag AS f ON w.patient_key = f.patient_key AND f.urgent
),

first_step AS (
    SELECT
        a.*,
        CASE
            WHEN a.severity = 'paraprotein_workup' OR list_contains(a.routes, 'route_paraprotein')
                THEN 'paraprotein_workup'
            WHEN
                a.ask IN ('persistent', 'definite_pattern')
                AND date_diff('day', a.birth_date, a.as_of)
                >= parameter('*', 'electrophoresis_first_from_age_days')
                THEN 'electrophoresis_first'
        END AS first_ask
    FROM mart.asked AS a
    ANTI JOIN withheld AS w ON a.patient_key = w.patient_key AND a.rule_id = w.rule_id
    WHERE a.ask IS NOT NULL
),

said AS (
    SELECT
        f.*,
        coalesce(
            k.action,
            (SELECT any_value(u.action) FROM knowledge.action AS u WHERE u.ask = f.ask)
        ) AS plain_action,
        k.priority,
        b.action AS first_action,
        f.status IN ('repeat_due', 'repeat_overdue')
        AND (
            f.previous_status = 'repeat_due'
            OR (f.previous_status = 'candidate' AND f.ask <> f.status)
        ) AS is_only_later
    FROM first_step AS f
    LEFT JOIN knowledge.action AS k ON f.ask = k.ask AND k.rule_id IN ('*', f.rule_id)
    LEFT JOIN knowledge.action AS b ON f.first_ask = b.ask AND b.rule_id IN ('*', f.rule_id)
)

SELECT
    f.patient_key,
    f.patient_id,
    f.assigning_authority,
    f.facility,
    k.clinic,
    f.rule_id,
    f.status,
    f.ask,
    f.urgent,
    f.alarming,
    f.severity,
    f.priority,
    f.changed_on = f.as_of AND NOT coalesce(f.is_only_later, FALSE) AS is_new,
    f.changed_on,
    f.previous_status,
    f.repeat_due_on,
    f.repeat_overdue_on,
    f.repeat_overdue_on <= f.as_of AS is_overdue,
    coalesce(f.repeat_due_on, f.last_evidence_at::DATE) AS waits_since,
    concat_ws(' ', f.first_action, f.plain_action) AS action,
    f.capped_by,
    f.verdict,
    f.reviewed_at,
    f.seen_at,
    f.as_of
FROM said AS f
LEFT JOIN knowledge.facility AS k ON f.facility = k.facility
UNION ALL
SELECT
    w.patient_key,
    w.patient_id,
    w.assigning_authority,
    w.facility,
    k.clinic,
    w.rule_id,
    w.status,
    'urgent_withheld' AS ask,
    TRUE AS urgent,
    w.alarming,
    w.severity,
    a.priority,
    TRUE AS is_new,
    c.as_of AS changed_on,
    NULL AS previous_status,
    NULL AS repeat_due_on,
    NULL AS repeat_overdue_on,
    FALSE AS is_overdue,
    w.last_evidence_at::DATE AS waits_since,
    a.action,
    w.capped_by,
    NULL AS verdict,
    NULL AS reviewed_at,
    NULL AS seen_at,
    c.as_of
FROM withheld AS w
CROSS JOIN run.clock AS c
INNER JOIN knowledge.action AS a ON a.ask = 'urgent_withheld'
LEFT JOIN knowledge.facility AS k ON w.facility = k.facility
