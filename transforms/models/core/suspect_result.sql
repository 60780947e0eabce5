-- core.suspect_result: every measurement of the patients with any evidence
-- grain: result_row
SELECT j.*
FROM core.judged AS j
SEMI JOIN core.suspect AS x ON j.person_number = x.person_number
