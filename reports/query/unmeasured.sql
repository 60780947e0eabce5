-- a clinic's patients on what asks for an immunoglobulin who were not measured, the longest overdue first
-- grain: patient_key, facility, measuring_id
SELECT
    patient_id,
    facility,
    measuring_id,
    exposure_group,
    asks,
    analyte,
    within_days,
    certainty,
    approved_by,
    started_on,
    last_measured_on,
    due_on
FROM mart.unmeasured
WHERE clinic IS NOT DISTINCT FROM $1
ORDER BY due_on, patient_id, facility, measuring_id
