-- each immunoglobulin that was recognised: as what, in which unit, and whether its ranges fit the unit
-- grain: code, code_system, test_name, units
-- A range agrees where the result it stands beside has no fault; it contradicts where core.own_fault
-- says so; what is printed in no readable form, or beside another fault, is not judged.
SELECT
    i.observation_identifier AS code,
    i.coding_system AS code_system,
    i.observation_text AS test_name,
    i.analyte,
    i.units,
    mode(i.unit_ucum) AS read_as,
    count(*) AS n,
    count(i.references_range) AS n_with_range,
    count(*) FILTER (WHERE f.reason_code IS NULL AND i.range_high_normalised IS NOT NULL)
        AS n_range_agrees,
    count(*) FILTER (WHERE f.reason_code = 'unit_contradicted_by_range') AS n_range_contradicts,
    mode(i.references_range) AS references_range
FROM core.immunoglobulin AS i
LEFT JOIN core.fault AS f ON i.result_row = f.result_row
GROUP BY ALL
ORDER BY i.analyte, n DESC, code, i.units
