-- exposure.remaining: exposures that are left after withdrawals, stops and repeats
-- grain: facility, source_sha256, position
-- Of several sendings of one line of an order the last one counts, from the first day that any of them
-- names. A stop ends every line of its order; it is kept itself where nothing else of the order is known.
WITH left_over AS (
    SELECT e.*
    FROM exposure.as_sent AS e
    ANTI JOIN exposure.withdrawn AS w
        ON
            e.facility = w.facility AND e.source_sha256 = w.source_sha256
            AND e.position = w.position
    WHERE e.order_status IS DISTINCT FROM 'withdrawn'
),

stop AS (
    SELECT
        facility,
        patient_key,
        kind,
        order_number,
        min(coalesce(end_date, sent_at::DATE)) AS stopped_on,
        max(sent_at) AS sent_at
    FROM left_over
    WHERE order_status = 'stopped' AND order_number IS NOT NULL
    GROUP BY ALL
),

ordered AS (
    SELECT
        e.*,
        min(e.start_date) OVER line AS first_day,
        row_number() OVER (
            line ORDER BY
                e.order_status ASC NULLS FIRST, e.sent_at DESC, e.end_date DESC NULLS LAST,
                e.start_date DESC NULLS LAST, e.source_sha256 ASC, e.position ASC
        ) AS rank,
        bool_or(e.order_status IS NULL) OVER (
            PARTITION BY e.facility, e.patient_key, e.kind, e.order_number
        ) AS is_known
    FROM left_over AS e
    WHERE e.order_number IS NOT NULL
    WINDOW
        line AS (
            PARTITION BY
                e.facility, e.patient_key, e.kind, e.order_number, e.code_without_dots, e.lower_name
        )
)

SELECT
    o.* EXCLUDE (first_day, rank, is_known)
    REPLACE (
        o.first_day AS start_date,
        if(s.sent_at >= o.sent_at, least(o.end_date, s.stopped_on), o.end_date) AS end_date
    )
FROM ordered AS o
LEFT JOIN stop AS s
    ON
        o.facility = s.facility AND o.patient_key = s.patient_key AND o.kind = s.kind
        AND o.order_number = s.order_number
WHERE o.rank = 1 AND (o.order_status IS NULL OR NOT o.is_known)
UNION ALL
SELECT *
FROM left_over
WHERE order_number IS NULL
