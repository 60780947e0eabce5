-- core.rival: results of an isotype beside another of the same person at the same time
-- grain: result_row
-- place 1 stands in the panels of the others; the content decides which, not the arrival.
WITH total AS (
    SELECT
        j.result_row,
        j.person_number,
        j.collected_at,
        j.value_normalised,
        j.value_comparator,
        f.analyte,
        f.laboratory,
        f.facility
    FROM core.judged AS j
    INNER JOIN core.form AS f ON j.form_number = f.form_number
    WHERE f.series = 'total' AND f.analyte IN ('igg', 'iga', 'igm', 'ige')
),

crowded AS (
    SELECT
        person_number,
        collected_at,
        analyte
    FROM total
    GROUP BY ALL
    HAVING count(*) > 1
)

SELECT
    t.result_row,
    t.person_number,
    t.collected_at,
    t.analyte,
    row_number() OVER (
        PARTITION BY t.person_number, t.collected_at, t.analyte
        ORDER BY
            t.value_normalised, t.value_comparator NULLS LAST,
            r.order_number, t.laboratory, t.facility, t.result_row
    ) AS place
FROM total AS t
SEMI JOIN crowded USING (person_number, collected_at, analyte)
INNER JOIN core.result AS r ON t.result_row = r.result_row
