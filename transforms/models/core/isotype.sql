-- core.isotype: the isotypes of a person measured at one time, side by side, by their rows
-- grain: person_number, collected_at
SELECT
    j.person_number,
    j.collected_at,
    any_value(j.age_days) AS age_days,
    max(j.result_row) FILTER (WHERE f.analyte = 'igg') AS igg_row,
    max(j.result_row) FILTER (WHERE f.analyte = 'iga') AS iga_row,
    max(j.result_row) FILTER (WHERE f.analyte = 'igm') AS igm_row,
    max(j.result_row) FILTER (WHERE f.analyte = 'ige') AS ige_row
FROM core.judged AS j
INNER JOIN core.form AS f ON j.form_number = f.form_number
ANTI JOIN (SELECT result_row FROM core.rival WHERE place > 1) AS r ON j.result_row = r.result_row
WHERE f.series = 'total' AND f.analyte IN ('igg', 'iga', 'igm', 'ige')
GROUP BY j.person_number, j.collected_at
