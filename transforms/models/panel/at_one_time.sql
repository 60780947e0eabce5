-- panel.at_one_time: the isotypes of a person measured at one time, side by side, by their rows
-- grain: person_number, collected_at
-- view: panel.collection, and panel.same_time_result for the few moments in which results compete
WITH chosen AS (
    SELECT
        person_number,
        collected_at,
        max(result_number) FILTER (WHERE analyte = 'igg') AS igg_row,
        max(result_number) FILTER (WHERE analyte = 'iga') AS iga_row,
        max(result_number) FILTER (WHERE analyte = 'igm') AS igm_row,
        max(result_number) FILTER (WHERE analyte = 'ige') AS ige_row
    FROM panel.same_time_result
    WHERE place = 1
    GROUP BY person_number, collected_at
)

SELECT
    m.person_number,
    m.collected_at,
    m.age_days,
    coalesce(s.igg_row, m.igg_row) AS igg_row,
    coalesce(s.iga_row, m.iga_row) AS iga_row,
    coalesce(s.igm_row, m.igm_row) AS igm_row,
    coalesce(s.ige_row, m.ige_row) AS ige_row
FROM panel.collection AS m
LEFT JOIN chosen AS s ON m.person_number = s.person_number AND m.collected_at = s.collected_at
