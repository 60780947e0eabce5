-- panel.member: one IgM or IgG result with the nearest result of each other isotype, by their rows
-- grain: index_result_number
-- view: panel.at_one_time, once for its IgG and once for its IgM
-- Same time or specimen first, else the nearest day within the panel window; never across patients.
-- igg_/iga_/igm_/ige_joined_by says which of these it was.
WITH indexed AS (
    SELECT
        'igg' AS index_analyte,
        i.igg_row AS index_result_number,
        i.*
    FROM panel.at_one_time AS i
    WHERE i.igg_row IS NOT NULL
    UNION ALL
    SELECT
        'igm' AS index_analyte,
        i.igm_row AS index_result_number,
        i.*
    FROM panel.at_one_time AS i
    WHERE i.igm_row IS NOT NULL
    UNION ALL
    SELECT
        r.analyte AS index_analyte,
        r.result_number AS index_result_number,
        i.* REPLACE (
            if(r.analyte = 'igg', r.result_number, i.igg_row) AS igg_row,
            if(r.analyte = 'igm', r.result_number, i.igm_row) AS igm_row
        )
    FROM panel.same_time_result AS r
    INNER JOIN panel.at_one_time AS i
        ON r.person_number = i.person_number AND r.collected_at = i.collected_at
    WHERE r.place > 1 AND r.analyte IN ('igg', 'igm')
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
    if(p.iga_row IS NOT NULL, 'specimen', a.joined_by) AS iga_joined_by,
    coalesce(p.igm_row, m.result_number) AS igm_row,
    CASE
        WHEN p.index_analyte = 'igm' THEN 'index'
        WHEN p.igm_row IS NOT NULL THEN 'specimen'
        ELSE m.joined_by
    END AS igm_joined_by,
    coalesce(p.ige_row, e.result_number) AS ige_row,
    if(p.ige_row IS NOT NULL, 'specimen', e.joined_by) AS ige_joined_by
FROM indexed AS p
LEFT JOIN panel.nearest AS g ON p.index_result_number = g.index_result_number AND g.analyte = 'igg'
LEFT JOIN panel.nearest AS a ON p.index_result_number = a.index_result_number AND a.analyte = 'iga'
LEFT JOIN panel.nearest AS m ON p.index_result_number = m.index_result_number AND m.analyte = 'igm'
LEFT JOIN panel.nearest AS e ON p.index_result_number = e.index_result_number AND e.analyte = 'ige'
