-- core.counting: the results that count for something: usable in themselves, and no version replaced
-- grain: result_row
-- view: a few small tables held against core.result
SELECT
    r.*,
    f.facility,
    f.laboratory,
    f.analyte,
    f.series,
    f.unit_normalised
FROM core.result AS r
LEFT JOIN core.form AS f ON r.form_number = f.form_number
ANTI JOIN (SELECT result_row FROM core.version WHERE version_rank > 1) AS v
    ON r.result_row = v.result_row
WHERE r.reason_code IS NULL
