-- level.month_shift: the months of level.median_shift, which are checked every night
-- grain: facility, analyte, month
-- view: for the checks, which need every month as it is. Internal.
SELECT *
FROM level.median_shift
WHERE NOT is_new_batch
