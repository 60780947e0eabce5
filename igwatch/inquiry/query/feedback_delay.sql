-- how long results were underway: from the specimen to the message, to its delivery, to igwatch
-- grain: facility, sender, way
-- Of the version of each result that counts. Hours to two digits, within which half and nine tenths came; a
-- negative one says that a clock or a zone is wrong. A delivery's time is the file's. Reads feedback.sent.
WITH underway AS (
    SELECT
        s.facility,
        s.sender,
        s.is_before,
        w.way,
        w.hours
    FROM feedback.sent AS s
    INNER JOIN raw.source_file AS f
        ON s.facility = f.facility AND s.source_sha256 = f.source_sha256
    CROSS JOIN LATERAL (
        VALUES
        ('collected_to_message', date_diff('minute', s.collected_at, s.message_at) / 60),
        ('message_to_delivery', date_diff('minute', s.message_at_utc, f.delivered_at) / 60),
        ('delivery_to_landing', date_diff('minute', f.delivered_at, f.landed_at) / 60),
        (
            'collected_to_landing',
            date_diff('minute', s.collected_at, s.message_at) / 60
            + date_diff('minute', s.message_at_utc, f.landed_at) / 60
        )
    ) AS w (way, hours)
    WHERE s.outcome IN ('measured', 'unusable')
),

measured AS (
    SELECT
        facility,
        sender,
        way,
        count(hours) FILTER (WHERE NOT is_before) AS n,
        count(hours) FILTER (WHERE is_before) AS n_before,
        quantile_cont(hours, 0.5) FILTER (WHERE NOT is_before) AS half,
        quantile_cont(hours, 0.9) FILTER (WHERE NOT is_before) AS nine_tenths,
        quantile_cont(hours, 0.5) FILTER (WHERE is_before) AS half_before,
        quantile_cont(hours, 0.9) FILTER (WHERE is_before) AS nine_tenths_before,
        count(*) FILTER (WHERE NOT is_before AND hours > 24 * threshold('late_days')) AS n_late
    FROM underway
    GROUP BY facility, sender, way
),

told AS (
    SELECT
        *,
        is_surely(n, threshold('median_min_results')) AS is_told,
        is_surely(n_before, threshold('median_min_results')) AS is_told_before
    FROM measured
)

SELECT
    facility,
    sender,
    way,
    shown_count(n) AS n,
    shown_count(n_before) AS n_before,
    if(is_told, sign(half) * two_digits(abs(half)), NULL) AS half_hours,
    if(is_told, sign(nine_tenths) * two_digits(abs(nine_tenths)), NULL) AS nine_tenths_hours,
    if(is_told_before, sign(half_before) * two_digits(abs(half_before)), NULL) AS half_hours_before,
    if(is_told_before, sign(nine_tenths_before) * two_digits(abs(nine_tenths_before)), NULL)
        AS nine_tenths_hours_before,
    shown_count(n_late) AS n_late
FROM told
WHERE is_told OR is_told_before
ORDER BY
    facility, sender,
    list_position(
        ['collected_to_message', 'message_to_delivery', 'delivery_to_landing', 'collected_to_landing'],
        way
    )
