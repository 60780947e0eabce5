-- result.opposed_by_laboratory: results held because their laboratory's own flag says the opposite
-- grain: result_number
-- One such result is a slip; a delivery full of them is a feed that is read wrongly, and the checks
-- of the delivery must see them although they are no measurements.
SELECT
    i.result_number,
    f.facility,
    s.source_sha256,
    f.laboratory_interpretation,
    i.class
FROM result.version AS i
INNER JOIN result.fault AS x
    ON i.result_number = x.result_number AND x.reason_code = 'flag_contradicts_value'
INNER JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
INNER JOIN lookup.source AS s ON source_of(i.result_number) = s.source_number
