-- quality.release: every delivery that failed a critical check and was let through by a person
-- grain: facility, withheld_run_id, released_at
-- Only of files that this generation is built from; is_tonight: they go through for the first time.
SELECT
    facility,
    withheld_run_id,
    released_by,
    why,
    released_at,
    bool_or(is_tonight) AS is_tonight
FROM run.release
GROUP BY facility, withheld_run_id, released_by, why, released_at
