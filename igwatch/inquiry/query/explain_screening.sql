-- why the results of each facility that promises its exposures are not screened by them; NULL: they are
-- grain: facility
SELECT
    facility,
    screening_fault
FROM quality.screening
WHERE exposure_feed = 'complete'
