-- quality.freshness: when each feed last sent anything
-- grain: facility
-- What counts as sent says mart.last_message. last_collected_on is a day that the specimens of
-- small_count patients reach, of more than these: the last of all is one person's.
-- collected is of each patient the last day, reached the day that so many patients reach.
WITH collected AS (
    SELECT
        m.facility,
        m.patient_key,
        max(m.collected_at)::DATE AS collected_on
    FROM core.measurement AS m
    INNER JOIN run.clock AS c ON m.collected_at::DATE <= c.as_of
    GROUP BY m.facility, m.patient_key
),

reached AS (
    SELECT
        facility,
        collected_on AS last_collected_on
    FROM collected
    QUALIFY
        row_number() OVER (PARTITION BY facility ORDER BY collected_on DESC)
        = threshold('small_count')
        AND shown_count_beyond(count(*) OVER (PARTITION BY facility), 1) IS NOT NULL
),

feed AS (
    SELECT facility FROM raw.source_file
    UNION
    SELECT facility FROM run.withheld
    UNION
    SELECT facility FROM run.fault
    WHERE about = 'settings'
),

-- something new of it is not in this night: a check failed, or a fault of its settings or inbox
withheld AS (
    SELECT facility FROM run.withheld
    UNION
    SELECT facility FROM run.fault
)

SELECT
    f.facility,
    l.last_message_on,
    r.last_collected_on,
    date_diff('day', l.last_message_on, c.as_of)::INTEGER AS days_silent,
    coalesce(date_diff('day', l.last_message_on, c.as_of) >= threshold('silent_days'), FALSE)
        AS is_silent,
    f.facility IN (SELECT w.facility FROM withheld AS w) AS is_withheld,
    c.as_of
FROM feed AS f
CROSS JOIN run.clock AS c
LEFT JOIN mart.last_message AS l ON f.facility = l.facility
LEFT JOIN reached AS r ON f.facility = r.facility
