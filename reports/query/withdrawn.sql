-- flags that were withdrawn this night, of patients who have no flag left
-- grain: patient_key, rule_id
-- The clinic is that of the facility the patient was last seen in.
SELECT DISTINCT
    t.patient_id,
    t.assigning_authority,
    t.rule_id,
    t.from_status,
    t.status_reason
FROM flag.transition AS t
LEFT JOIN core.patient AS p ON t.patient_key = p.patient_key
LEFT JOIN mart.facility AS c ON p.facility = c.facility
WHERE
    t.to_status = 'no_evidence'
    AND t.as_of = $2
    AND t.patient_key NOT IN (SELECT patient_key FROM mart.cohort)
    AND coalesce(c.clinic, $1) IS NOT DISTINCT FROM $1
ORDER BY ALL
