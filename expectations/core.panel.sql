-- core.panel as it is checked: the panels around the results of one facility's new files
-- grain: measurement_id
WITH new_source AS (
    SELECT * FROM run.source
    WHERE is_new AND facility = $facility
)

SELECT p.*
FROM core.panel AS p
INNER JOIN core.measurement AS m ON p.measurement_id = m.measurement_id
SEMI JOIN new_source AS s
    ON m.facility = s.facility AND m.source_sha256 = s.source_sha256
