-- the results behind each flag of the patients in told.patient, by the step that cites them
-- grain: patient_key, rule_id, event_number, role, analyte
SELECT
    e.patient_key,
    e.rule_id,
    e.event_number,
    e.is_counted,
    e.reason_code,
    e.reason,
    e.role,
    e.measurement_id,
    e.analyte,
    e.class
FROM flag.evidence AS e
SEMI JOIN told.patient AS t ON e.patient_key = t.patient_key
ORDER BY e.patient_key, e.rule_id, e.event_number, e.role DESC, e.measurement_id
