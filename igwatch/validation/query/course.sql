-- each usable result of the drawn patients, in days since the first of the patient, without any state
-- grain: patient_key, collected_at, analyte
SELECT
    m.patient_key,
    date_diff('day', min(m.collected_at::DATE) OVER patient, m.collected_at::DATE) AS day,
    m.age_days,
    m.analyte,
    m.value_comparator AS comparator,
    coalesce(m.value_g_per_l, m.value_kiu_per_l) AS value,
    if(m.analyte = 'ige', 'kIU/L', 'g/L') AS unit,
    m.lower_limit_min,
    m.lower_limit_max,
    m.upper_limit_min,
    m.upper_limit_max,
    m.class AS class_name,
    dense_rank() OVER (PARTITION BY m.patient_key ORDER BY m.laboratory) AS laboratory
FROM core.measurement AS m
WHERE list_contains($patients, m.patient_key)
WINDOW patient AS (PARTITION BY m.patient_key)
ORDER BY m.patient_key, m.collected_at, m.analyte, m.measurement_id
