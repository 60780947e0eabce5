-- quality.freshness: when each feed last sent anything
-- grain: facility
-- A message dated after the clock of the run does not count: it may be a wrong clock that hides a
-- silence. Reviews do not count either: they are the clinic's words, not the feed's. Messages that
-- were passed over because nothing of interest stands in them do.
WITH sent AS (
    SELECT
        facility,
        message_at,
        collected_at
    FROM raw.observation
    UNION ALL BY NAME
    SELECT
        facility,
        message_at
    FROM raw.patient
    UNION ALL BY NAME
    SELECT
        facility,
        message_at
    FROM raw.merge
    UNION ALL BY NAME
    SELECT
        facility,
        message_at
    FROM raw.exposure
    UNION ALL BY NAME
    SELECT
        facility,
        last_message_at AS message_at
    FROM raw.source_file
),

latest AS (
    SELECT
        h.facility,
        max(h.message_at::DATE) FILTER (WHERE h.message_at::DATE <= c.as_of) AS last_message_on,
        max(h.collected_at::DATE) FILTER (WHERE h.collected_at::DATE <= c.as_of)
            AS last_collected_on
    FROM sent AS h
    CROSS JOIN run.clock AS c
    GROUP BY h.facility
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
    l.last_collected_on,
    date_diff('day', l.last_message_on, c.as_of)::INTEGER AS days_silent,
    coalesce(date_diff('day', l.last_message_on, c.as_of) >= threshold('silent_days'), FALSE)
        AS is_silent,
    f.facility IN (SELECT w.facility FROM withheld AS w) AS is_withheld,
    c.as_of
FROM feed AS f
CROSS JOIN run.clock AS c
LEFT JOIN latest AS l ON f.facility = l.facility
