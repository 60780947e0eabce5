-- each immunoglobulin that was recognised: as what, in which unit, and whether its ranges fit the unit
-- grain: code, code_system, test_name, units
-- A range agrees where the result it stands beside has no fault; it contradicts where result.version
-- says so; what is printed in no readable form, or beside another fault, is not judged.
SELECT
    f.observation_identifier AS code,
    f.coding_system AS code_system,
    f.observation_text AS test_name,
    f.analyte,
    f.units,
    mode(r.unit_ucum) AS read_as,
    count(*) AS n,
    count(f.references_range) AS n_with_range,
    count(*) FILTER (WHERE r.reason_code IS NULL AND f.range_high IS NOT NULL) AS n_range_agrees,
    count(*) FILTER (WHERE r.reason_code = 'unit_contradicted_by_range') AS n_range_contradicts,
    mode(f.references_range) AS references_range
FROM result.version AS r
INNER JOIN lookup.result_meaning AS f ON r.text_number = f.text_number
GROUP BY ALL
ORDER BY f.analyte, n DESC, code, f.units
