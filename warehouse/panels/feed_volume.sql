-- Feeds: results a day, for a line per facility
-- A time series. grain: facility, day. A day of 1 to 4 results has none shown.
SELECT
    facility,
    day,
    n_messages,
    n_results,
    n_measured,
    n_unusable
FROM quality.feed_daily
WHERE day IS NOT NULL
ORDER BY day, facility
