-- panel.nearest_subclass: the IgG subclasses measured near a result, and those of them that are low
-- grain: index_result_number
-- The nearest day within the panel window for each subclass; of two equally near the low one. Only
-- for results of rules whose definition asks for subclasses (knowledge.missing; rules 1.2 and 9.3).
WITH asking AS (
    SELECT r.index_analyte
    FROM knowledge.rule AS r
    SEMI JOIN (SELECT * FROM knowledge.missing WHERE answered_by IS NOT NULL) AS n
        ON r.rule_id = n.rule_id
),

subclass AS (
    SELECT
        j.person_number,
        j.collected_at::DATE AS collected_on,
        j.total_analyte AS analyte,
        j.class
    FROM result.measured AS j
    WHERE j.total_analyte IN ('igg1', 'igg2', 'igg3', 'igg4')
),

near AS (
    SELECT
        m.result_number AS index_result_number,
        s.analyte,
        s.class
    FROM subclass AS s
    INNER JOIN result.measured AS m ON s.person_number = m.person_number
    WHERE
        m.total_analyte IN (SELECT index_analyte FROM asking)
        AND abs(date_diff('day', m.collected_at::DATE, s.collected_on)) <= parameter('*', 'panel_window_days')
    QUALIFY row_number() OVER (
        PARTITION BY m.result_number, s.analyte
        ORDER BY
            abs(date_diff('day', m.collected_at::DATE, s.collected_on)),
            s.class NOT IN ('very_low', 'low'),
            s.class
    ) = 1
)

SELECT
    index_result_number,
    list_sort(list(analyte)) AS igg_subclasses,
    list_sort(list(analyte) FILTER (WHERE class IN ('very_low', 'low'))) AS low_igg_subclasses
FROM near
GROUP BY index_result_number
