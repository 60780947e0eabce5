-- core.measurement as it is checked: the results of one facility's new files
-- grain: measurement_id
-- As numbers: Great Expectations compares times one by one, and needs 0.3 kB to compare a text.
WITH new_source AS (
    SELECT * FROM run.source
    WHERE is_new AND facility = $facility
)

SELECT
    m.* REPLACE (if(m.measurement_id IS NULL, NULL, hash(m.measurement_id)) AS measurement_id),
    date_diff('day', m.collected_at::DATE, c.as_of) AS days_before_clock
FROM core.measurement AS m
CROSS JOIN run.clock AS c
SEMI JOIN new_source AS s
    ON m.facility = s.facility AND m.source_sha256 = s.source_sha256
