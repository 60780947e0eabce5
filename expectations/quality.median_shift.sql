-- quality.median_shift as it is checked: the level of one facility's delivery, analyte by analyte
-- grain: analyte
SELECT * FROM quality.median_shift WHERE is_new_batch AND facility = $facility
