-- deliveries that failed a critical check and were let through by a person, newest first
-- grain: facility, released_at
SELECT facility, withheld_run_id, released_by, why, released_at, is_tonight
FROM quality.release
ORDER BY released_at DESC, facility
