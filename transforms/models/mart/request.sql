-- mart.request: what to ask for, and in which tube, where a repeat is due and no verdict answered it
-- grain: patient_key, rule_id, test
SELECT
    f.patient_key,
    f.rule_id,
    q.missing,
    q.test,
    q.tube,
    q.sort_order,
    f.as_of
FROM flag.patient_flag AS f
INNER JOIN knowledge.request AS q
    ON
        q.rule_id IN ('*', f.rule_id)
        AND (q.missing IS NULL OR list_contains(f.missing, q.missing))
LEFT JOIN mart.review AS r ON f.patient_key = r.patient_key AND f.rule_id = r.rule_id
WHERE
    f.status IN ('repeat_due', 'repeat_overdue')
    AND NOT coalesce(r.is_answered, FALSE)
