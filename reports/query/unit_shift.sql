-- months in which a feed's median left its own past, suspicious ones only
-- grain: facility, analyte, month
SELECT facility, analyte, month, n_results, median, median_before, ratio, suspicion
FROM quality.unit_shift
WHERE suspicion <> 'none'
ORDER BY suspicion = 'unit_swap' DESC, month DESC, facility, analyte
