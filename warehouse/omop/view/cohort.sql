-- cohort: who has a repeated pattern in tonight's run, by igwatch's own rules
-- grain: cohort_definition_id, subject_id
SELECT
    d.cohort_definition_id,
    n.person_id AS subject_id,
    c.first_evidence_at AS cohort_start_date,
    c.last_evidence_at AS cohort_end_date
FROM source.cohort AS c
INNER JOIN source.person AS n ON c.patient_key = n.patient_key
INNER JOIN source.cohort_rule AS d
    ON c.rule_id = d.rule_id AND list_contains(string_split(d.statuses, '|'), c.status)
