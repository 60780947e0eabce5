-- exposure.lasting: how long each exposure that is left lasts, and how its end is known
-- grain: exposure_number
-- Rules 2026.2, 3b. end_known_by: stated; supply or duration, counted from the start; day, of what was
-- given or done on one; limit, so long after the last mention; filler, an end such as 9999-12-31, which
-- states that there is none; NULL, open. A mention is a day that the row states and, in HL7, the day of
-- the message; of a file its delivery only where it says that the drug is still taken. An end that cannot
-- be read, or lies before the start, is no end. Nothing is mentioned after the clock of the run.
-- view: exposure.remaining with what follows from it
WITH known AS (
    SELECT
        e.*,
        coalesce(
            e.event_kind,
            CASE e.kind
                WHEN 'medication' THEN 'ordered'
                WHEN 'procedure' THEN 'administered'
                ELSE 'listed'
            END
        ) AS kind_of_event,
        e.end_date < e.start_date AS is_end_before_start,
        is_filler_end(e.end_date) AS is_filler,
        if(
            e.end_date_precision = 'unread' OR is_filler_end(e.end_date)
            OR coalesce(e.end_date < e.start_date, FALSE),
            NULL,
            e.end_date
        ) AS stated_end,
        coalesce(
            greatest(
                e.start_date,
                if(
                    e.message_number IS NOT NULL
                    OR (
                        e.kind = 'medication'
                        AND (
                            is_filler_end(e.end_date) OR e.event_kind = 'listed'
                            OR (e.is_active AND e.statements IS NOT NULL)
                        )
                    ),
                    e.message_at::DATE,
                    NULL
                )
            ),
            if(e.kind = 'medication', e.message_at::DATE, NULL)
        ) AS known_on
    FROM exposure.remaining AS e
),

mentioned AS (
    SELECT
        e.* EXCLUDE (known_on),
        -- a later day than the clock's is the clock's; no day stays none
        if(e.known_on > c.as_of, c.as_of, e.known_on) AS mentioned_on
    FROM known AS e
    CROSS JOIN run.clock AS c
),

bounded AS (
    SELECT
        *,
        CASE
            WHEN stated_end IS NOT NULL THEN stated_end
            WHEN kind_of_event = 'administered' THEN coalesce(start_date, mentioned_on, message_at::DATE)
            WHEN kind = 'medication' AND days_supply > 0 AND start_date IS NOT NULL
                THEN start_date + days_supply - 1
            WHEN kind = 'medication' AND duration_days > 0 AND start_date IS NOT NULL
                THEN start_date + duration_days - 1
            WHEN kind = 'medication'
                THEN mentioned_on + parameter('*', 'open_medication_days')::INTEGER
        END::DATE AS last_day,
        CASE
            WHEN stated_end IS NOT NULL THEN 'stated'
            WHEN kind_of_event = 'administered' THEN 'day'
            WHEN kind = 'medication' AND days_supply > 0 AND start_date IS NOT NULL THEN 'supply'
            WHEN kind = 'medication' AND duration_days > 0 AND start_date IS NOT NULL THEN 'duration'
            WHEN kind = 'medication' THEN if(is_filler, 'filler', 'limit')
        END AS known_by
    FROM mentioned
)

SELECT
    * EXCLUDE (stated_end, last_day, known_by),
    least(last_day, stopped_on) AS last_day,
    if(stopped_on <= last_day OR (last_day IS NULL AND stopped_on IS NOT NULL), 'stated', known_by)
        AS end_known_by
FROM bounded
