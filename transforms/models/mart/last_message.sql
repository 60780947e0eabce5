-- mart.last_message: when each feed last sent anything, by the clock of the run
-- grain: facility
-- A message dated after the clock does not count: it may be a wrong clock that hides a silence. Reviews
-- do not count either: they are the clinic's words, not the feed's. Messages that were passed over
-- because nothing of interest stands in them do.
WITH sent AS (
    SELECT
        facility,
        message_at
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
)

SELECT
    h.facility,
    max(h.message_at::DATE) FILTER (WHERE h.message_at::DATE <= c.as_of) AS last_message_on
FROM sent AS h
CROSS JOIN run.clock AS c
GROUP BY h.facility
