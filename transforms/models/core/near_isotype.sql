-- core.near_isotype: the nearest result of an isotype that was not measured at a result's own time
-- grain: index_id, analyte
-- Nearest day first, of the same day the same specimen or order, then the nearest hour, the earlier of
-- two equally near; then the content decides. Never across patients, never across series.
WITH result AS (
    SELECT
        patient_key,
        collected_at,
        analyte,
        measurement_id,
        value_comparator,
        class,
        facility,
        order_number,
        specimen_id,
        upper_limit_max,
        coalesce(value_g_per_l, value_kiu_per_l) AS value
    FROM core.measurement
    WHERE series = 'total' AND analyte IN ('igg', 'iga', 'igm', 'ige')
),

wanting AS (
    SELECT
        patient_key,
        collected_at,
        unnest(list_filter(
            [
                if(igg_value IS NULL, 'igg', NULL), if(iga_value IS NULL, 'iga', NULL),
                if(igm_value IS NULL, 'igm', NULL), if(ige_value IS NULL, 'ige', NULL)
            ], LAMBDA analyte: analyte IS NOT NULL
        )) AS analyte
    FROM core.isotype
    WHERE igg_value IS NOT NULL OR igm_value IS NOT NULL
),

offered AS (
    SELECT
        w.collected_at AS index_at,
        r.*
    FROM wanting AS w
    INNER JOIN result AS r ON w.patient_key = r.patient_key AND w.analyte = r.analyte
    WHERE
        abs(date_diff('day', w.collected_at::DATE, r.collected_at::DATE)) <= (
            SELECT max(value) FROM knowledge.rule_parameter
            WHERE parameter = 'panel_window_days'
        )
),

indexed AS (
    SELECT
        i.measurement_id AS index_id,
        o.*,
        date_diff('day', o.index_at::DATE, o.collected_at::DATE) AS days_after,
        date_diff('second', o.index_at, o.collected_at) AS seconds_after,
        if(
            o.specimen_id = i.specimen_id
            OR (o.order_number = i.order_number AND o.facility = i.facility),
            'specimen', 'window'
        ) AS joined_by
    FROM offered AS o
    INNER JOIN result AS i
        ON
            o.patient_key = i.patient_key AND o.index_at = i.collected_at
            AND i.analyte IN ('igg', 'igm') AND o.analyte <> i.analyte
)

SELECT
    index_id,
    analyte,
    measurement_id,
    value,
    value_comparator,
    class,
    upper_limit_max,
    coalesce(joined_by, 'window') AS joined_by
FROM indexed
QUALIFY row_number() OVER (
    PARTITION BY index_id, analyte
    ORDER BY
        abs(days_after), joined_by, abs(seconds_after), seconds_after, value,
        value_comparator, order_number, measurement_id
) = 1
