-- result.value_in_doubt: values of results that are not used for their size or their unit alone
-- grain: result_number
-- A feed that slips by a factor of 100 as a whole loses every result to that doubt: level.value_tally
-- counts these too, or nobody would see it. value_normalised is in g/L, IgE in k[IU]/L, read
-- under the unit as sent.
SELECT
    i.result_number,
    f.facility,
    s.source_sha256,
    f.analyte,
    f.units,
    i.collected_at,
    i.value_normalised
FROM result.version AS i
INNER JOIN result.fault AS x ON i.result_number = x.result_number
INNER JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
INNER JOIN lookup.source AS s ON source_of(i.result_number) = s.source_number
WHERE
    f.series = 'total'
    AND i.value_normalised IS NOT NULL
    AND x.reason_code IN (
        'implausible_value', 'unit_contradicted_by_range', 'unit_contradicted_by_history',
        'units_disagree', 'flag_contradicts_value'
    )
