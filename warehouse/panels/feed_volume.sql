-- Feeds: results a day, for a line per facility
-- A time series. grain: facility, day. Rounded; a day of few results is not there.
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
