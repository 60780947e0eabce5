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
    (SELECT max(collected_at)::DATE FROM raw.observation) AS last_collected_on,
    (
        SELECT count(*) FROM raw.observation
        WHERE birth_date IS NULL AND birth_date_source_value IS NOT NULL
    ) AS n_birth_dates_unread,
    (
        SELECT count(*) FROM raw.observation
        WHERE message_number IS NULL AND patient_identifier_list IS NOT NULL
    ) AS n_identifiers_unwrapped,
    (
        SELECT count(*) FROM raw.observation AS o
        LEFT JOIN knowledge.birth_date_placeholder AS b ON o.birth_date = b.birth_date
        WHERE b.birth_date IS NOT NULL OR is_too_old(o.birth_date, o.message_at)
    ) AS n_birth_dates_placeholder,
    (
        SELECT count(*) FROM raw.observation AS o
        LEFT JOIN knowledge.local_word AS w
            ON w.topic = 'sex' AND upper(trim(o.administrative_sex)) = w.as_sent
        LEFT JOIN knowledge.sex AS s
            ON coalesce(w.meaning, upper(trim(o.administrative_sex))) = s.as_sent
        WHERE o.administrative_sex IS NOT NULL AND s.sex IS NULL
    ) AS n_sexes_unread
FROM raw.source_file AS f
