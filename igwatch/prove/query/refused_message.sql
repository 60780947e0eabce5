-- The newest refused message of feeds of which more results were refused than read on the newest day.
-- grain: facility
WITH day AS (
    SELECT
        facility,
        source_sha256,
        delivered_at,
        n_results
    FROM raw.source_file
    WHERE format = 'hl7v2' AND n_results > 0
    QUALIFY delivered_at::DATE = max(delivered_at::DATE) OVER (PARTITION BY facility)
),

refused AS (
    SELECT
        r.facility,
        sum(r.n_results) AS n_refused,
        arg_max(
            {'source_sha256': r.source_sha256, 'message_number': r.message_number},
            (d.delivered_at, r.source_sha256, r.message_number)
        ) AS newest
    FROM raw.reject AS r
    INNER JOIN day AS d ON r.facility = d.facility AND r.source_sha256 = d.source_sha256
    WHERE r.level = 'message' AND r.n_results > 0 AND r.message_number IS NOT NULL
    GROUP BY r.facility
)

SELECT
    f.facility,
    f.newest
FROM refused AS f
WHERE f.n_refused * 2 > (SELECT sum(d.n_results) FROM day AS d WHERE d.facility = f.facility)
ORDER BY f.facility
