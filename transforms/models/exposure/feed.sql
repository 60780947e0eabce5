-- exposure.feed: whether each feed of exposures keeps what `exposure_feed: complete` promises
-- grain: facility
-- spans: patients: the shares are of all patients of a feed
-- Rules 2026.2, 3b: mentioned within exposure_silence_days before the clock; at least exposure_overlap_min
-- of its patients known to the laboratories; at least exposure_read_min of the last year's rows read. faults
-- are those that fail. One from which nothing ever came has no row: exposure.screening says so of who
-- rests on it.
WITH sent AS (
    SELECT
        facility,
        max(last_mentioned_on) AS last_mentioned_on,
        count(*) AS n_patients,
        count(*) FILTER (WHERE is_known_to_laboratories) AS n_patients_known,
        sum(n_rows)::BIGINT AS n_rows,
        sum(n_rows_read)::BIGINT AS n_rows_read
    FROM exposure.heard
    GROUP BY facility
)

SELECT
    s.*,
    s.n_patients_known / s.n_patients AS share_known,
    s.n_rows_read / nullif(s.n_rows, 0) AS share_read,
    [fault FOR fault IN [
        if(
            c.as_of - s.last_mentioned_on > parameter('*', 'exposure_silence_days'),
            'exposure_feed_silent',
            NULL
        ),
        if(
            s.n_patients_known / s.n_patients < parameter('*', 'exposure_overlap_min'),
            'exposure_numbers_do_not_meet',
            NULL
        ),
        if(
            s.n_rows_read / nullif(s.n_rows, 0) < parameter('*', 'exposure_read_min'),
            'exposures_unread',
            NULL
        )
    ] IF fault IS NOT NULL] AS faults
FROM sent AS s
CROSS JOIN run.clock AS c
