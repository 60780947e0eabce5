-- what is known of the drawn patients besides: drugs, diagnoses, procedures, in days since the first result
-- grain: patient_key, kind, name, start
WITH first_result AS (
    SELECT patient_key, min(collected_at::DATE) AS on_day
    FROM core.measurement WHERE list_contains($patients, patient_key) GROUP BY patient_key
)

SELECT DISTINCT
    e.patient_key,
    e.kind,
    coalesce(e.name, e.code) AS name,
    date_diff('day', f.on_day, e.start_date) AS start_day,
    date_diff('day', f.on_day, e.end_date) AS end_day
FROM core.exposure AS e
INNER JOIN first_result AS f ON e.patient_key = f.patient_key
ORDER BY e.patient_key, start_day NULLS FIRST, e.kind, name, end_day
