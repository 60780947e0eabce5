-- mart.asked: what each flag asks of the clinic tonight, NULL where nothing
-- grain: patient_key, rule_id
-- The first question that fits. What is asked of the patient and not of one rule (urgent, severity, a
-- broad deficiency) is asked once, beside the patient's first rule. A closing verdict that stands ends
-- all that is asked of its rule; of the patient, where it stands on the rule that asks it. Whether a
-- patient is on replacement is asked until a verdict, other single tests for a year (settle_days).
WITH flagged AS (
    SELECT
        f.*,
        coalesce(t.changed_on, f.as_of) AS changed_on,
        t.previous_status,
        r.verdict,
        r.reviewed_at,
        r.is_quieted,
        r.asks_again_on,
        coalesce(r.is_answered, FALSE) AS is_answered,
        coalesce(r.is_seen, FALSE) AS is_seen,
        coalesce(f.last_evidence_at::DATE >= f.as_of - parameter('*', 'settle_days')::INTEGER, FALSE)
            AS is_recent,
        row_number() OVER (PARTITION BY f.patient_key ORDER BY k.sort_order) = 1 AS is_first_rule
    FROM flag.patient_flag AS f
    INNER JOIN knowledge.rule AS k ON f.rule_id = k.rule_id
    LEFT JOIN flag.last_change AS t ON f.patient_key = t.patient_key AND f.rule_id = t.rule_id
    LEFT JOIN mart.review AS r ON f.patient_key = r.patient_key AND f.rule_id = r.rule_id
),

ranked AS (
    SELECT
        *,
        is_broad_deficiency AND row_number() OVER (
            PARTITION BY patient_key, is_broad_deficiency ORDER BY is_first_rule DESC
        ) = 1 AS is_first_broad
    FROM flagged
)

SELECT
    *,
    CASE
        WHEN is_first_rule AND urgent THEN 'urgent'
        WHEN is_answered THEN NULL
        WHEN is_first_rule AND severity IN ('immediate', 'high') AND NOT is_seen THEN severity
        WHEN list_contains(routes, 'route_was') AND status <> 'resolved' THEN 'route_was'
        WHEN was_selective THEN 'was_selective'
        WHEN status IN ('definite_pattern', 'repeat_overdue', 'repeat_due', 'persistent') THEN status
        WHEN status = 'indeterminate' AND settled_by = 'replacement_question' THEN settled_by
        WHEN status = 'indeterminate' AND is_recent AND settled_by IS NOT NULL THEN settled_by
        WHEN is_first_broad AND is_recent AND NOT is_seen THEN 'broad_deficiency'
        WHEN status = 'resolved' AND changed_on = as_of THEN status
    END AS ask
FROM ranked
