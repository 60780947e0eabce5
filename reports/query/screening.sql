-- each facility that sends results, and why these are not screened for secondary causes
-- grain: facility
SELECT
    facility,
    exposure_feed,
    screening_faults
FROM quality.screening
WHERE facility IN (
    SELECT c.facility FROM quality.conservation AS c
    WHERE c.unit = 'result' AND c.outcome = 'read' AND c.n IS DISTINCT FROM 0
)
ORDER BY exposure_feed, len(screening_faults) DESC, facility
