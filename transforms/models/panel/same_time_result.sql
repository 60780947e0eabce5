-- panel.same_time_result: results of an isotype beside another of the same person at the same time
-- grain: result_number
-- place 1 stands in the panels of the others; the content decides which, not the arrival.
WITH crowded AS (
    SELECT
        person_number,
        collected_at
    FROM panel.collection
    WHERE n_results > (igg_row IS NOT NULL)::INTEGER + (iga_row IS NOT NULL)::INTEGER
    + (igm_row IS NOT NULL)::INTEGER + (ige_row IS NOT NULL)::INTEGER
)

SELECT
    j.result_number,
    j.person_number,
    j.collected_at,
    j.total_analyte AS analyte,
    row_number() OVER (
        of_one ORDER BY
            j.value_normalised, j.value_comparator NULLS LAST,
            r.order_number, f.laboratory, f.facility, j.result_number
    ) AS place
FROM result.measured AS j
SEMI JOIN crowded AS c ON j.person_number = c.person_number AND j.collected_at = c.collected_at
INNER JOIN lookup.result_meaning AS f ON j.text_number = f.text_number
INNER JOIN result.version AS r ON j.result_number = r.result_number
WHERE j.total_analyte IN ('igg', 'iga', 'igm', 'ige')
WINDOW of_one AS (PARTITION BY j.person_number, j.collected_at, j.total_analyte)
QUALIFY count(*) OVER of_one > 1
