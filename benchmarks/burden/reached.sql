-- How many patients with the disease stood on the list on any night, by kind
-- grain: kind
SELECT
    t.kind,
    count(DISTINCT t.patient_id) AS patients,
    count(DISTINCT l.patient_id) AS on_the_list
FROM truth AS t
LEFT JOIN line AS l ON t.patient_id = l.patient_id
WHERE starts_with(t.patient_id, $true)
GROUP BY ALL
ORDER BY t.kind
