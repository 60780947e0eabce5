-- results per facility and day in the weeks before the clock of the run
-- grain: facility, day
SELECT facility, day, n_messages, n_results, n_measured, n_unusable
FROM quality.feed_daily
WHERE day > $1 - to_days($2::INTEGER) AND day <= $1
ORDER BY facility, day
