-- The newest row that was refused for a time, of feeds of which more rows were than were read that day.
-- grain: facility
WITH day AS (
    SELECT
        facility,
        source_sha256,
        delivered_at,
        n_results
    FROM raw.source_file
    WHERE format = 'csv' AND content = 'results'
    QUALIFY delivered_at::DATE = max(delivered_at::DATE) OVER (PARTITION BY facility)
),

refused AS (
    SELECT
        r.facility,
        sum(r.n_results) AS n_refused,
        arg_max(
            {'source_sha256': r.source_sha256, 'line_number': r.line_number},
            (d.delivered_at, r.source_sha256, r.line_number)
        ) AS newest
    FROM raw.reject AS r
    INNER JOIN day AS d ON r.facility = d.facility AND r.source_sha256 = d.source_sha256
    WHERE r.level = 'row' AND list_contains($times, r.field) AND r.line_number IS NOT NULL
    GROUP BY r.facility
)

SELECT
    f.facility,
    f.newest
FROM refused AS f
WHERE f.n_refused * 2 > (SELECT sum(d.n_results) FROM day AS d WHERE d.facility = f.facility)
ORDER BY f.facility
