-- Levels: the share of low results by month, for a line per facility and analyte
-- A time series. grain: facility, analyte, month
SELECT
    facility,
    analyte,
    month,
    n_results,
    n_low,
    share_low
FROM quality.low_share
WHERE analyte IN ('igg', 'iga', 'igm')
ORDER BY month, facility, analyte
