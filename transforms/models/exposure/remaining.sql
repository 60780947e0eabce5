-- exposure.remaining: exposures that are left after withdrawals, newer lists, stops and repeats
-- grain: facility, source_sha256, position
-- Of several sendings of one record the last counts; of one line of an order too, from the first day that
-- any of them names. A stop, a hold or a replacement ends every line of its order, unless the order is
-- sent or resumed afterwards. stopped_on is the day, NULL where nothing stopped it.
WITH left_over AS (
    SELECT e.*
    FROM exposure.numbered AS e
    ANTI JOIN exposure.withdrawn AS w
        ON
            e.facility = w.facility AND e.source_sha256 = w.source_sha256
            AND e.position = w.position
    ANTI JOIN exposure.diagnosis_set AS d
        ON
            e.facility = d.facility AND e.patient_key = d.patient_key
            AND e.source_sha256 = d.source_sha256
            AND e.message_number = d.message_number AND e.segment = 'DG1'
    WHERE NOT e.is_cancelled AND e.idle_reason IS NULL AND coalesce(e.age_in_lists, 1) = 1
),

stop_of_row AS (
    SELECT
        *,
        if(
            is_stop,
            coalesce(effective_date, if(is_filler_end(end_date), NULL, end_date), sent_at::DATE),
            NULL
        ) AS row_stopped_on
    FROM left_over
),

activation AS (
    SELECT
        facility,
        patient_key,
        order_key,
        max(sent_at) AS activated_at
    FROM stop_of_row
    WHERE order_key IS NOT NULL AND NOT is_dose AND NOT is_stop AND is_active
    GROUP BY facility, patient_key, order_key
),

stop AS (
    SELECT
        s.facility,
        s.patient_key,
        s.order_key,
        min(s.row_stopped_on) AS stopped_on
    FROM stop_of_row AS s
    LEFT JOIN activation AS a
        ON s.facility = a.facility AND s.patient_key = a.patient_key AND s.order_key = a.order_key
    WHERE s.order_key IS NOT NULL AND s.is_stop AND coalesce(s.sent_at >= a.activated_at, TRUE)
    GROUP BY s.facility, s.patient_key, s.order_key
),

line AS (
    SELECT
        *,
        CASE
            WHEN record_key IS NOT NULL THEN record_key
            WHEN NOT is_dose
                THEN
                    order_key || chr(31) || coalesce(plain_code(code), '') || chr(31)
                    || coalesce(lower(name), '')
        END AS line_key
    FROM stop_of_row
    WHERE code IS NOT NULL OR name IS NOT NULL OR alternate_code IS NOT NULL OR alternate_name IS NOT NULL
),

latest AS (
    SELECT
        l.*,
        min(l.start_date) OVER sendings AS first_day,
        row_number() OVER (
            sendings ORDER BY
                l.is_stop AND l.record_key IS NULL ASC, l.sent_at DESC, l.end_date DESC NULLS LAST,
                l.start_date DESC NULLS LAST, l.source_sha256 ASC, l.position DESC
        ) AS rank
    FROM line AS l
    WHERE l.line_key IS NOT NULL
    WINDOW sendings AS (PARTITION BY l.facility, l.patient_key, l.kind, l.line_key)
)

SELECT
    l.* EXCLUDE (first_day, rank, line_key, row_stopped_on)
    REPLACE (if(l.record_key IS NULL, l.first_day, l.start_date) AS start_date),
    if(l.record_key IS NULL, s.stopped_on, l.row_stopped_on) AS stopped_on
FROM latest AS l
LEFT JOIN stop AS s
    ON l.facility = s.facility AND l.patient_key = s.patient_key AND l.order_key = s.order_key
WHERE l.rank = 1
UNION ALL
SELECT
    * EXCLUDE (line_key, row_stopped_on),
    row_stopped_on AS stopped_on
FROM line
WHERE line_key IS NULL
