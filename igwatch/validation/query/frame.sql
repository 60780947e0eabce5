-- everybody who could be flagged: measured for a rule's isotype, with the state under each rule
-- grain: patient_key
WITH measured AS (
    SELECT patient_key, arg_max(facility, (collected_at, measurement_id)) AS facility
    FROM core.measurement WHERE list_contains($analytes, analyte) GROUP BY patient_key
),

flagged AS (
    SELECT
        patient_key,
        any_value(facility) AS facility,
        list({rule_id: rule_id, status: status, grade: grade} ORDER BY rule_id) AS flags
    FROM flag.patient_flag WHERE status <> 'no_evidence' GROUP BY patient_key
)

SELECT
    p.patient_key,
    p.patient_id,
    p.assigning_authority,
    coalesce(f.facility, m.facility) AS facility,
    p.sex,
    date_diff('day', p.birth_date, $as_of) AS age_days,
    coalesce(f.flags, []) AS flags
FROM core.patient AS p
LEFT JOIN measured AS m ON p.patient_key = m.patient_key
LEFT JOIN flagged AS f ON p.patient_key = f.patient_key
WHERE m.patient_key IS NOT NULL OR f.patient_key IS NOT NULL
ORDER BY p.patient_key
