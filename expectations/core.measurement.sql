-- core.measurement as it is checked: the results of one facility's new files
-- grain: measurement_id
SELECT m.*
FROM core.measurement AS m
SEMI JOIN (FROM run.source WHERE is_new AND facility = $facility) AS s
    ON m.facility = s.facility AND m.source_sha256 = s.source_sha256
