-- each facility that sends results, as far as that is shown, and why these are not screened for secondary
-- causes
-- grain: facility
SELECT
    facility,
    exposure_feed,
    screening_faults
FROM quality.screening
WHERE
    facility NOT IN (SELECT e.facility FROM quality.exposure_feed AS e)
    OR facility IN (SELECT c.facility FROM quality.conservation AS c WHERE c.unit = 'result')
ORDER BY exposure_feed, len(screening_faults) DESC, facility
