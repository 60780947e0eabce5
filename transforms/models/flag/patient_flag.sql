-- flag.patient_flag: where each patient stands under each rule, and what a person has said of it
-- grain: patient_key, rule_id
-- flag.standing is what the fold says. Urgent is the patient's, and ends with a closing verdict that
-- stands on a rule that calls for urgency (knowledge.action), or on any where no such rule has a flag.
WITH calling AS (
    SELECT DISTINCT rule_id
    FROM knowledge.action
    WHERE ask = 'urgent' AND action IS NOT NULL
),

answered AS (
    SELECT
        s.patient_key,
        coalesce(
            bool_or(r.is_answered) FILTER (WHERE k.rule_id IS NOT NULL), bool_or(r.is_answered)
        ) AS is_answered,
        max(r.seen_at) AS seen_at
    FROM flag.standing AS s
    INNER JOIN flag.review AS r ON s.patient_key = r.patient_key AND s.rule_id = r.rule_id
    LEFT JOIN calling AS k ON s.rule_id = k.rule_id
    GROUP BY s.patient_key
)

SELECT
    s.* REPLACE (s.urgent AND NOT coalesce(a.is_answered, FALSE) AS urgent),
    a.seen_at
FROM flag.standing AS s
LEFT JOIN answered AS a ON s.patient_key = a.patient_key
