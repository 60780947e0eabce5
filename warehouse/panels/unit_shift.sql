-- Levels: the median and spread of each analyte by month, and whether a unit may have changed
-- A time series on a logarithmic axis. grain: facility, analyte, month
SELECT
    facility,
    analyte,
    month,
    n_results,
    median,
    median_before,
    ratio,
    spread,
    suspicion
FROM quality.unit_shift
ORDER BY facility, analyte, month
