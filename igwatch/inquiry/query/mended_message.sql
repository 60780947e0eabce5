-- messages of later files under the control id of a refused message, with what they order
-- grain: id, source_sha256, message_number
SELECT
    r.id,
    o.source_sha256,
    o.message_number,
    count(*) AS n_results,
    list_distinct(list(coalesce(o.filler_order_number, o.placer_order_number))) AS orders
FROM refused_message AS r
INNER JOIN read_parquet($files, union_by_name => true) AS f
    ON r.facility = f.facility AND f.landed_at > r.landed_at
INNER JOIN read_parquet($observations, union_by_name => true) AS o
    ON
        f.facility = o.facility AND f.source_sha256 = o.source_sha256
        AND sha256(o.message_control_id)[:12] = r.message_control_id_hash
GROUP BY r.id, o.source_sha256, o.message_number
ORDER BY ALL
