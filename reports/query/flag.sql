-- flags of every patient of a clinic, with what is asked of the clinic and its last verdict
-- grain: patient_key, rule_id
-- A patient seen for one rule by this clinic is shown with the other rule as well.
SELECT
    f.patient_key,
    f.patient_id,
    f.assigning_authority,
    f.facility,
    f.sex,
    f.birth_date,
    f.rule_id,
    f.status,
    f.grade,
    f.status_reason,
    f.n_counted,
    f.span_days,
    f.first_evidence_at,
    f.last_evidence_at,
    f.repeat_due_on,
    f.repeat_overdue_on,
    f.urgent,
    f.alarming,
    f.severity,
    f.capped_by,
    f.causes,
    f.unreviewed_drugs,
    f.seen_at,
    f.routes,
    f.missing,
    f.rule_version,
    f.reference_set,
    f.as_of,
    f.run_id,
    w.ask,
    w.action,
    n.watched_as,
    n.asks_on,
    r.verdict,
    r.diagnosis,
    r.reviewer,
    r.reviewed_at,
    r.note,
    r.changed_since,
    coalesce(r.is_quieted, FALSE) AS is_quieted,
    c.changed_on,
    c.previous_status
FROM flag.patient_flag AS f
LEFT JOIN mart.worklist AS w ON f.patient_key = w.patient_key AND f.rule_id = w.rule_id
LEFT JOIN mart.watched AS n ON f.patient_key = n.patient_key AND f.rule_id = n.rule_id
LEFT JOIN mart.review AS r ON f.patient_key = r.patient_key AND f.rule_id = r.rule_id
LEFT JOIN mart.cohort AS c ON f.patient_key = c.patient_key AND f.rule_id = c.rule_id
WHERE f.patient_key IN (SELECT patient_key FROM mart.cohort WHERE clinic IS NOT DISTINCT FROM $1)
ORDER BY f.patient_key, f.rule_id
