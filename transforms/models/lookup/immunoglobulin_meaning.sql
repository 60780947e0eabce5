-- lookup.immunoglobulin_meaning: the forms in which immunoglobulin results came
-- grain: text_number
-- Apart from lookup.result_meaning so that what joins it is known to keep most results, and is not guessed to be few.
SELECT *
FROM lookup.result_meaning
WHERE reason_code IS NULL
