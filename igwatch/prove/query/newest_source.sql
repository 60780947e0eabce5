-- The newest sources of each feed, as many days and results back as canaries are shaped after.
-- grain: facility, source_sha256
WITH counted AS (
    SELECT
        facility,
        source_sha256,
        delivered_at,
        max(delivered_at) OVER (PARTITION BY facility) AS last_delivered_at,
        coalesce(sum(n_results + n_other_rows) OVER (
            PARTITION BY facility
            ORDER BY delivered_at DESC, landed_at DESC, source_sha256 DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS n_newer
    FROM read_parquet($files, union_by_name => true)
)

SELECT
    facility,
    source_sha256
FROM counted
WHERE
    delivered_at >= last_delivered_at - to_days($window_days::INTEGER)
    AND n_newer < $n_rows
ORDER BY facility, source_sha256
