-- every flag of the patients in told.patient, when it was first published, and the verdict on it
-- grain: patient_key, rule_id
WITH first_published AS (
    SELECT
        patient_key,
        rule_id,
        min(as_of) AS published_on
    FROM flag.transition
    GROUP BY patient_key, rule_id
)

SELECT
    f.patient_key,
    f.rule_id,
    f.status,
    f.grade,
    f.status_reason,
    f.severity,
    f.repeat_due_on,
    f.repeat_overdue_on,
    f.rule_version,
    f.reference_set,
    coalesce(p.published_on, f.as_of) AS published_on,
    r.verdict,
    r.reviewed_at::DATE AS reviewed_on,
    coalesce(r.is_answered, FALSE) AS is_answered
FROM flag.patient_flag AS f
SEMI JOIN told.patient AS t ON f.patient_key = t.patient_key
LEFT JOIN first_published AS p ON f.patient_key = p.patient_key AND f.rule_id = p.rule_id
LEFT JOIN mart.review AS r ON f.patient_key = r.patient_key AND f.rule_id = r.rule_id
ORDER BY f.patient_key, f.rule_id
