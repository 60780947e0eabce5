-- months in which the median of a feed's results moved suspiciously far from that of earlier months
-- grain: facility, analyte, month
SELECT facility, analyte, month, n_results, median, median_before, ratio, suspicion
FROM quality.unit_shift
WHERE suspicion <> 'none'
ORDER BY suspicion = 'unit_swap' DESC, suspicion = 'possible_unit_swap' DESC, month DESC, facility, analyte
