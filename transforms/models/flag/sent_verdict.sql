-- flag.sent_verdict: every verdict of a clinic on a patient and rule, by the clock of the run
-- grain: none (the same verdict may be sent twice)
-- A verdict on the rule * stands for every rule under which the patient has a flag.
SELECT
    coalesce(a.patient_key, patient_key(r.assigning_authority, r.patient_id)) AS patient_key,
    k.rule_id,
    r.verdict,
    r.diagnosis,
    r.reviewer,
    r.reviewed_at,
    r.note,
    r.source_sha256,
    r.position
FROM raw.review AS r
CROSS JOIN run.clock AS c
INNER JOIN knowledge.rule AS k ON r.rule_id IN (k.rule_id, '*')
LEFT JOIN core.patient_alias AS a
    ON r.assigning_authority = a.assigning_authority AND r.patient_id = a.patient_id
WHERE r.reviewed_at::DATE <= c.as_of
