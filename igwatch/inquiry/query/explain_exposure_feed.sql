-- the feeds of exposures that matter to one person: of the facilities that sent the person's results and
-- exposures, and those that keep these facilities' results from being screened
-- grain: facility
WITH own AS (
    SELECT facility FROM core.measurement WHERE patient_key = $patient_key
    UNION
    SELECT facility FROM core.exposure WHERE patient_key = $patient_key
    UNION
    SELECT facility FROM core.exposure_set_aside WHERE patient_key = $patient_key
)

SELECT
    facility,
    last_mentioned_on,
    n_patients,
    share_known,
    share_read,
    n_lists_held,
    faults
FROM mart.exposure_feed
WHERE
    facility IN (SELECT o.facility FROM own AS o)
    OR list_has_any(faults, (
        SELECT flatten(list(s.screening_faults)) FROM quality.screening AS s
        WHERE s.facility IN (SELECT o.facility FROM own AS o)
    ))
ORDER BY facility
