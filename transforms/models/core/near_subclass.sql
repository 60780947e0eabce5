-- core.near_subclass: the IgG subclasses measured near an IgM result, and those of them that are low
-- grain: measurement_id (of the IgM)
-- The nearest day within the panel window for each subclass; of two equally near the low one. ESID's
-- definition of selective IgM deficiency asks for normal subclasses (rules 1.2 and 9.3).
WITH subclass AS (
    SELECT
        patient_key,
        collected_at::DATE AS collected_on,
        analyte,
        class
    FROM core.measurement
    WHERE analyte IN ('igg1', 'igg2', 'igg3', 'igg4') AND series = 'total'
),

near AS (
    SELECT
        m.measurement_id,
        s.analyte,
        s.class
    FROM core.measurement AS m
    INNER JOIN subclass AS s ON m.patient_key = s.patient_key
    WHERE
        m.analyte = 'igm'
        AND abs(date_diff('day', m.collected_at::DATE, s.collected_on)) <= (
            SELECT max(value) FROM knowledge.rule_parameter
            WHERE parameter = 'panel_window_days'
        )
    QUALIFY row_number() OVER (
        PARTITION BY m.measurement_id, s.analyte
        ORDER BY
            abs(date_diff('day', m.collected_at::DATE, s.collected_on)),
            s.class NOT IN ('very_low', 'low'),
            s.class
    ) = 1
)

SELECT
    measurement_id,
    list_sort(list(analyte)) AS igg_subclasses,
    list_sort(list(analyte) FILTER (WHERE class IN ('very_low', 'low'))) AS low_igg_subclasses
FROM near
GROUP BY measurement_id
