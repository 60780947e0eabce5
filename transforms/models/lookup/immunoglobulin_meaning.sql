-- lookup.immunoglobulin_meaning: result meanings whose code is that of an immunoglobulin
-- grain: text_number
-- A table of its own, so that what joins it is known to keep most results: with a condition on
-- lookup.result_meaning DuckDB would guess that few remain.
SELECT *
FROM lookup.result_meaning
WHERE reason_code IS NULL
