-- panel.collection: what of the isotypes a person had measured at one time, by one row of each
-- grain: person_number, collected_at
-- n_results is more than the isotypes that have a row where results compete: panel.same_time_result says
-- which of them stands, panel.at_one_time is this table with the ones that do.
SELECT
    j.person_number,
    j.collected_at,
    any_value(j.age_days) AS age_days,
    max(j.result_number) FILTER (WHERE j.total_analyte = 'igg') AS igg_row,
    max(j.result_number) FILTER (WHERE j.total_analyte = 'iga') AS iga_row,
    max(j.result_number) FILTER (WHERE j.total_analyte = 'igm') AS igm_row,
    max(j.result_number) FILTER (WHERE j.total_analyte = 'ige') AS ige_row,
    count(*) AS n_results
FROM result.measured AS j
WHERE j.total_analyte IN ('igg', 'iga', 'igm', 'ige')
GROUP BY j.person_number, j.collected_at
