-- urgent patients of a clinic whose result lies in files that are withheld tonight
-- grain: patient_key
SELECT
    w.patient_id,
    w.facility,
    w.severity,
    w.waits_since AS sampled_on,
    w.action
FROM mart.worklist AS w
WHERE w.ask = 'urgent_withheld' AND w.clinic IS NOT DISTINCT FROM $1
ORDER BY w.waits_since, w.patient_id
