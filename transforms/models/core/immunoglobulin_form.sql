-- core.immunoglobulin_form: the forms in which immunoglobulin results came
-- grain: form_number
-- Apart from core.form so that what joins it is known to keep most results, and is not guessed to be few.
SELECT *
FROM core.form
WHERE reason_code IS NULL
