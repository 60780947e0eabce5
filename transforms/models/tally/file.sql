-- tally.file: what a source file contained, and how much of it reached each table
-- grain: facility, source_sha256
-- What the reader counted stands beside what the tables have, so that the two can be compared. A file is
-- refused when nothing of it could be read. Internal.
WITH result AS (
    SELECT
        facility,
        source_sha256,
        sum(n_results) FILTER (WHERE disposition = 'measured') AS n_measured,
        sum(n_results) FILTER (WHERE disposition = 'superseded') AS n_superseded,
        sum(n_results) FILTER (WHERE disposition = 'not_immunoglobulin') AS n_not_immunoglobulin,
        sum(n_results) FILTER (WHERE disposition = 'unusable') AS n_unusable
    FROM tally.result
    GROUP BY facility, source_sha256
),

other_row AS (
    SELECT
        facility,
        source_sha256,
        'exposure' AS unit
    FROM raw.exposure
    UNION ALL
    SELECT
        facility,
        source_sha256,
        'merge' AS unit
    FROM raw.merge
    UNION ALL
    SELECT
        facility,
        source_sha256,
        'review' AS unit
    FROM raw.review
    UNION ALL
    SELECT
        p.facility,
        p.source_sha256,
        'patient' AS unit
    FROM raw.patient AS p
    SEMI JOIN (SELECT facility, source_sha256 FROM raw.source_file WHERE content = 'patients') AS s
        ON p.facility = s.facility AND p.source_sha256 = s.source_sha256
),

other AS (
    SELECT
        facility,
        source_sha256,
        count(*) FILTER (WHERE unit = 'exposure') AS n_exposures,
        count(*) FILTER (WHERE unit = 'merge') AS n_merges,
        count(*) FILTER (WHERE unit = 'review') AS n_reviews,
        count(*) FILTER (WHERE unit = 'patient') AS n_patients
    FROM other_row
    GROUP BY facility, source_sha256
),

refused AS (
    SELECT
        facility,
        source_sha256,
        bool_or(level = 'file') AS has_refused_file,
        sum(n_results) AS n_results_refused,
        count(*) FILTER (WHERE unit = 'exposure') AS n_exposures_refused,
        count(*) FILTER (WHERE unit = 'merge') AS n_merges_refused,
        count(*) FILTER (WHERE unit = 'review') AS n_reviews_refused,
        count(*) FILTER (WHERE unit = 'patient') AS n_patients_refused
    FROM raw.reject
    GROUP BY facility, source_sha256
)

SELECT
    f.facility,
    f.source_sha256,
    f.content,
    coalesce(f.n_messages, 0) AS n_messages,
    coalesce(f.n_results, 0) AS n_results,
    coalesce(f.n_results_skipped, 0) AS n_results_skipped,
    coalesce(f.n_other_rows, 0) AS n_other_rows,
    coalesce(f.format = 'unreadable' OR (f.format = 'csv' AND q.has_refused_file), FALSE)
        AS is_refused,
    coalesce(r.n_measured, 0) AS n_measured,
    coalesce(r.n_superseded, 0) AS n_superseded,
    coalesce(r.n_not_immunoglobulin, 0) AS n_not_immunoglobulin,
    coalesce(r.n_unusable, 0) AS n_unusable,
    coalesce(q.n_results_refused, 0) AS n_results_refused,
    coalesce(m.last_message_number, 0) AS last_message_number,
    coalesce(m.n_messages_refused, 0) AS n_messages_refused,
    coalesce(o.n_exposures, 0) AS n_exposures,
    coalesce(q.n_exposures_refused, 0) AS n_exposures_refused,
    coalesce(o.n_merges, 0) AS n_merges,
    coalesce(q.n_merges_refused, 0) AS n_merges_refused,
    coalesce(o.n_reviews, 0) AS n_reviews,
    coalesce(q.n_reviews_refused, 0) AS n_reviews_refused,
    coalesce(o.n_patients, 0) AS n_patients,
    coalesce(q.n_patients_refused, 0) AS n_patients_refused
FROM raw.source_file AS f
LEFT JOIN result AS r USING (facility, source_sha256)
LEFT JOIN other AS o USING (facility, source_sha256)
LEFT JOIN tally.message AS m USING (facility, source_sha256)
LEFT JOIN refused AS q USING (facility, source_sha256)
