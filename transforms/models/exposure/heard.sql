-- exposure.heard: what each feed said of each patient's exposures: the last mention, the last year's rows
-- grain: facility, patient_key
-- The days that a row states are mentions, as far as they lie behind its sending and the clock (an end that
-- is planned is none when its day has come), and so is the day of an HL7 message; where a
-- row states none, the day of the delivery. What stands under an unknown word is not read.
WITH sent AS (
    SELECT
        facility,
        patient_key,
        exposure_hash,
        start_date,
        end_date,
        message_number,
        message_at
    FROM exposure.remaining
    UNION ALL
    SELECT
        facility,
        patient_key,
        NULL AS exposure_hash,
        start_date,
        end_date,
        message_number,
        message_at
    FROM exposure.as_sent
    WHERE idle_reason = 'status_not_known' AND coalesce(age_in_lists, 1) = 1
),

mentioned AS (
    SELECT
        e.facility,
        e.patient_key,
        e.exposure_hash,
        least(
            coalesce(
                greatest(
                    -- least() of a NULL and a day is the day
                    if(e.start_date IS NULL, NULL, least(e.start_date, e.message_at::DATE)),
                    if(e.end_date IS NULL, NULL, least(e.end_date, e.message_at::DATE)),
                    if(e.message_number IS NULL, NULL, e.message_at::DATE)
                ),
                e.message_at::DATE
            ),
            c.as_of
        ) AS mentioned_on,
        c.as_of - parameter('*', 'exposure_read_days')::INTEGER AS a_year_before
    FROM sent AS e
    CROSS JOIN run.clock AS c
)

SELECT
    m.facility,
    m.patient_key,
    coalesce(bool_or(p.has_results), FALSE) AS is_known_to_laboratories,
    max(m.mentioned_on) AS last_mentioned_on,
    count(*) FILTER (WHERE m.mentioned_on > m.a_year_before) AS n_rows,
    count(*) FILTER (WHERE m.mentioned_on > m.a_year_before AND r.is_read) AS n_rows_read
FROM mentioned AS m
LEFT JOIN exposure.recognised AS r ON m.exposure_hash = r.exposure_hash
LEFT JOIN identity.person AS p ON m.patient_key = p.patient_key
GROUP BY m.facility, m.patient_key
