-- Decisions: deliveries that failed a critical check and were let through, by whom and why
-- A table. grain: facility, released_at
SELECT
    facility,
    withheld_run_id,
    released_by,
    released_at,
    why,
    is_tonight
FROM quality.release
ORDER BY released_at DESC, facility
