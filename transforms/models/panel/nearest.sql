-- panel.nearest: the nearest result of an isotype that was not measured at a result's own time
-- grain: index_result_number, analyte
-- Nearest day first, of the same day the same specimen or order, then the nearest hour, the earlier of
-- two equally near; then the content decides. Never across patients, never across series.
WITH
isotype AS (
    SELECT unnest(['igg', 'iga', 'igm', 'ige']) AS analyte
),

followed AS (
    SELECT list(index_analyte) AS index_analytes
    FROM panel.index_analyte
),

measured AS (
    SELECT
        m.*,
        if(list_contains(f.index_analytes, 'igg'), m.igg_row, NULL) AS igg_index,
        if(list_contains(f.index_analytes, 'iga'), m.iga_row, NULL) AS iga_index,
        if(list_contains(f.index_analytes, 'igm'), m.igm_row, NULL) AS igm_index,
        if(list_contains(f.index_analytes, 'ige'), m.ige_row, NULL) AS ige_index
    FROM panel.at_one_time AS m
    CROSS JOIN followed AS f
),

wanting AS (
    SELECT
        m.person_number,
        m.collected_at,
        [m.igg_index, m.iga_index, m.igm_index, m.ige_index] AS index_result_numbers,
        i.analyte
    FROM measured AS m
    CROSS JOIN isotype AS i
    WHERE
        coalesce(m.igg_index, m.iga_index, m.igm_index, m.ige_index) IS NOT NULL
        AND CASE i.analyte
            WHEN 'igg' THEN m.igg_row
            WHEN 'iga' THEN m.iga_row
            WHEN 'igm' THEN m.igm_row
            WHEN 'ige' THEN m.ige_row
        END IS NULL
),

offered AS (
    SELECT
        w.person_number,
        w.collected_at AS index_at,
        w.index_result_numbers,
        w.analyte,
        j.result_number,
        j.value_normalised AS value,
        j.value_comparator,
        date_diff('day', w.collected_at::DATE, j.collected_at::DATE) AS days_after,
        date_diff('second', w.collected_at, j.collected_at) AS seconds_after
    FROM wanting AS w
    INNER JOIN result.measured AS j
        ON w.person_number = j.person_number AND w.analyte = j.total_analyte
    WHERE
        abs(date_diff('day', w.collected_at::DATE, j.collected_at::DATE))
        <= parameter('*', 'panel_window_days')
),

indexed AS (
    SELECT
        unnest(index_result_numbers) AS index_result_number,
        o.* EXCLUDE (index_result_numbers)
    FROM offered AS o
    UNION ALL
    SELECT
        r.result_number AS index_result_number,
        o.* EXCLUDE (index_result_numbers)
    FROM offered AS o
    INNER JOIN panel.same_time_result AS r
        ON o.person_number = r.person_number AND o.index_at = r.collected_at
    INNER JOIN panel.index_analyte AS x ON r.analyte = x.index_analyte
    WHERE r.place > 1 AND r.analyte <> o.analyte
),

-- what was sent with each, to tell whether both are of one specimen
sent AS (
    SELECT
        r.result_number,
        r.order_number,
        r.specimen_id,
        s.facility
    FROM result.version AS r
    SEMI JOIN (
        SELECT index_result_number AS result_number FROM indexed
        WHERE index_result_number IS NOT NULL
        UNION
        SELECT result_number FROM indexed
    ) AS x ON r.result_number = x.result_number
    LEFT JOIN lookup.source AS s ON source_of(r.result_number) = s.source_number
),

joined AS (
    SELECT
        i.*,
        o.order_number,
        if(
            coalesce(o.specimen_id = x.specimen_id, FALSE)
            OR coalesce(o.order_number = x.order_number AND o.facility = x.facility, FALSE),
            'specimen', 'window'
        ) AS joined_by
    FROM indexed AS i
    INNER JOIN sent AS o ON i.result_number = o.result_number
    INNER JOIN sent AS x ON i.index_result_number = x.result_number
)

SELECT
    index_result_number,
    analyte,
    result_number,
    joined_by
FROM joined
QUALIFY row_number() OVER (
    PARTITION BY index_result_number, analyte
    ORDER BY
        abs(days_after), joined_by, abs(seconds_after), seconds_after, value,
        value_comparator, order_number, result_number
) = 1
