-- whether the results of one person are screened for secondary causes, by the facilities that sent them
-- grain: facility
SELECT
    facility,
    exposure_feed,
    screening_faults
FROM quality.screening
WHERE facility IN (SELECT m.facility FROM core.measurement AS m WHERE m.patient_key = $patient_key)
ORDER BY facility
