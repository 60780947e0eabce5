-- each source file whose results in its bytes are not those in raw: read, skipped or refused
-- grain: facility, source
SELECT
    s.facility,
    s.source_sha256[:12] AS source,
    s.n_results,
    coalesce(o.n, 0) AS n_rows,
    coalesce(r.n, 0) AS n_held
FROM raw.source_file AS s
LEFT JOIN (
    SELECT
        facility,
        source_sha256,
        count(*) AS n
    FROM raw.observation
    GROUP BY ALL
) AS o ON s.facility = o.facility AND s.source_sha256 = o.source_sha256
LEFT JOIN (
    SELECT
        facility,
        source_sha256,
        sum(n_results) AS n
    FROM raw.reject
    GROUP BY ALL
) AS r ON s.facility = r.facility AND s.source_sha256 = r.source_sha256
WHERE s.n_results <> coalesce(s.n_results_skipped, 0) + coalesce(o.n, 0) + coalesce(r.n, 0)
