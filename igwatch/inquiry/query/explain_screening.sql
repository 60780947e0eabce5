-- why the results of each facility that promises its exposures are not screened by them: none, they are
-- grain: facility
SELECT
    facility,
    screening_faults
FROM quality.screening
WHERE exposure_feed = 'complete'
