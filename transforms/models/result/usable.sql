-- result.usable: the latest version of every result that has no fault of its own
-- grain: result_number
-- view: a few small tables joined to result.version
SELECT
    r.*,
    f.facility,
    f.laboratory,
    f.analyte,
    f.series,
    f.unit_normalised
FROM result.version AS r
LEFT JOIN lookup.result_meaning AS f ON r.text_number = f.text_number
ANTI JOIN result.superseded AS v ON r.result_number = v.result_number
ANTI JOIN result.held_version AS h ON r.result_number = h.result_number
WHERE r.reason_code IS NULL
