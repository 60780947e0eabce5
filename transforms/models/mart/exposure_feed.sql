-- mart.exposure_feed: what each feed of exposures is worth, in exact numbers for who has the home
-- grain: facility
-- quality.exposure_feed is what others may see of it.
WITH held AS (
    SELECT
        facility,
        count(*) AS n_lists_held
    FROM exposure.list
    WHERE NOT is_accepted
    GROUP BY facility
)

SELECT
    f.facility,
    f.last_mentioned_on,
    f.n_patients,
    f.share_known,
    f.n_rows,
    f.share_read,
    coalesce(h.n_lists_held, 0) AS n_lists_held,
    f.faults,
    c.as_of
FROM exposure.feed AS f
CROSS JOIN run.clock AS c
LEFT JOIN held AS h ON f.facility = h.facility
