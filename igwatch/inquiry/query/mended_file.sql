-- later deliveries of the same name as a file refused whole, of which nothing was refused
-- grain: id, source_sha256
SELECT
    r.id,
    f.source_sha256,
    any_value(f.n_results) AS n_results,
    list_distinct(list(o.patient_id)) AS patients,
    list_distinct(list(trim(o.observation_value))) AS said_values
FROM refused_file AS r
INNER JOIN read_parquet($files, union_by_name => true) AS f
    ON r.facility = f.facility AND r.source_name = f.source_name AND f.landed_at > r.landed_at
INNER JOIN read_parquet($observations, union_by_name => true) AS o
    ON f.facility = o.facility AND f.source_sha256 = o.source_sha256
ANTI JOIN read_parquet($rejects, union_by_name => true) AS j
    ON f.facility = j.facility AND f.source_sha256 = j.source_sha256
GROUP BY r.id, f.source_sha256
ORDER BY ALL
