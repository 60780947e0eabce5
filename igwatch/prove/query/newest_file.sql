-- The newest delimited file of results, and of exposures, of each feed, whether it could be read or not.
-- grain: facility, content
SELECT
    facility,
    content,
    arg_max(
        {'source_sha256': source_sha256, 'source_name': source_name},
        (delivered_at, landed_at, source_sha256)
    ) AS newest
FROM raw.source_file
WHERE format = 'csv' AND content IN ('results', 'exposures')
GROUP BY facility, content
ORDER BY facility, content
