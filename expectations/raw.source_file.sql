-- raw.source_file as it is checked: one facility's new files
-- grain: source_sha256
WITH new_source AS (
    SELECT * FROM run.source
    WHERE is_new AND facility = $facility
)

SELECT f.*
FROM raw.source_file AS f
SEMI JOIN new_source AS s
    ON f.facility = s.facility AND f.source_sha256 = s.source_sha256
