-- what the file is, and from when to when its results were collected
-- grain: one row
SELECT
    f.format,
    f.content,
    f.encoding,
    f.n_messages,
    f.n_results,
    f.n_results_skipped,
    f.n_other_rows,
    (SELECT min(collected_at)::DATE FROM raw.observation) AS first_collected_on,
    (SELECT max(collected_at)::DATE FROM raw.observation) AS last_collected_on
FROM raw.source_file AS f
