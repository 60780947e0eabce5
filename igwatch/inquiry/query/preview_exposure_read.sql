-- how many drugs, diagnoses, procedures and findings of the file would be read, and whether enough are
-- grain: one row
-- n_rows: those that the file holds and that were not refused; n_left: those that take effect, each sent
-- once; n_read: of these, those in a system that is read, or recognised by name.
WITH left_over AS (
    SELECT
        count(*) AS n_left,
        count(*) FILTER (WHERE r.is_read) AS n_read
    FROM exposure.remaining AS e
    LEFT JOIN exposure.recognised AS r ON e.exposure_hash = r.exposure_hash
)

SELECT
    (SELECT count(*) FROM raw.exposure) AS n_rows,
    (SELECT count(DISTINCT e.patient_id) FROM raw.exposure AS e) AS n_patients,
    (SELECT count(*) FROM raw.exposure AS e CROSS JOIN run.clock AS c WHERE e.start_date > c.as_of)
        AS n_in_future,
    (SELECT count(*) FROM core.exposure_set_aside) AS n_set_aside,
    l.n_left,
    l.n_read,
    (SELECT max(h.last_mentioned_on) FROM exposure.heard AS h) AS last_mentioned_on,
    coalesce(l.n_read < l.n_left * parameter('*', 'exposure_read_min'), FALSE) AS is_unread,
    coalesce(
        (SELECT max(h.last_mentioned_on) FROM exposure.heard AS h)
        < (SELECT c.as_of FROM run.clock AS c) - parameter('*', 'exposure_silence_days')::INTEGER,
        FALSE
    ) AS is_silent
FROM left_over AS l
