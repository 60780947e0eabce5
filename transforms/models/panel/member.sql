-- panel.member: one result that a rule follows with the nearest result of each other isotype, by their rows
-- grain: index_result_number
-- view: panel.at_one_time, once for each isotype that a rule follows
-- Same time or specimen first, else the nearest day within the panel window; never across patients.
-- igg_/iga_/igm_/ige_joined_by says which of these it was.
WITH indexed AS (
    SELECT
        f.index_analyte,
        CASE f.index_analyte
            WHEN 'igg' THEN i.igg_row
            WHEN 'iga' THEN i.iga_row
            WHEN 'igm' THEN i.igm_row
            WHEN 'ige' THEN i.ige_row
        END AS index_result_number,
        i.*
    FROM panel.at_one_time AS i
    CROSS JOIN panel.index_analyte AS f
    WHERE index_result_number IS NOT NULL
    UNION ALL
    SELECT
        r.analyte AS index_analyte,
        r.result_number AS index_result_number,
        i.* REPLACE (
            if(r.analyte = 'igg', r.result_number, i.igg_row) AS igg_row,
            if(r.analyte = 'iga', r.result_number, i.iga_row) AS iga_row,
            if(r.analyte = 'igm', r.result_number, i.igm_row) AS igm_row,
            if(r.analyte = 'ige', r.result_number, i.ige_row) AS ige_row
        )
    FROM panel.same_time_result AS r
    INNER JOIN panel.index_analyte AS f ON r.analyte = f.index_analyte
    INNER JOIN panel.at_one_time AS i
        ON r.person_number = i.person_number AND r.collected_at = i.collected_at
    WHERE r.place > 1
)

SELECT
    p.index_result_number,
    p.index_analyte,
    p.person_number,
    p.collected_at,
    p.age_days,
    coalesce(p.igg_row, g.result_number) AS igg_row,
    CASE
        WHEN p.index_analyte = 'igg' THEN 'index'
        WHEN p.igg_row IS NOT NULL THEN 'specimen'
        ELSE g.joined_by
    END AS igg_joined_by,
    coalesce(p.iga_row, a.result_number) AS iga_row,
    CASE
        WHEN p.index_analyte = 'iga' THEN 'index'
        WHEN p.iga_row IS NOT NULL THEN 'specimen'
        ELSE a.joined_by
    END AS iga_joined_by,
    coalesce(p.igm_row, m.result_number) AS igm_row,
    CASE
        WHEN p.index_analyte = 'igm' THEN 'index'
        WHEN p.igm_row IS NOT NULL THEN 'specimen'
        ELSE m.joined_by
    END AS igm_joined_by,
    coalesce(p.ige_row, e.result_number) AS ige_row,
    CASE
        WHEN p.index_analyte = 'ige' THEN 'index'
        WHEN p.ige_row IS NOT NULL THEN 'specimen'
        ELSE e.joined_by
    END AS ige_joined_by
FROM indexed AS p
LEFT JOIN panel.nearest AS g ON p.index_result_number = g.index_result_number AND g.analyte = 'igg'
LEFT JOIN panel.nearest AS a ON p.index_result_number = a.index_result_number AND a.analyte = 'iga'
LEFT JOIN panel.nearest AS m ON p.index_result_number = m.index_result_number AND m.analyte = 'igm'
LEFT JOIN panel.nearest AS e ON p.index_result_number = e.index_result_number AND e.analyte = 'ige'
