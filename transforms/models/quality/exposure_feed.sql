-- quality.exposure_feed: whether each feed of exposures is one that screens, in three shares
-- grain: facility
-- Rules 2026.2, 3b. share_known: of its patients, those known to the laboratories. share_read: of the last
-- year's rows, those in systems that are read or recognised by name. A count that could point to a
-- person, or what it leaves of its total, is hidden, and its share with it.
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
    if(is_small(f.n_patients), NULL, f.n_patients) AS n_patients,
    if(
        is_small(f.n_patients_known) OR is_small(f.n_patients - f.n_patients_known),
        NULL,
        f.share_known
    ) AS share_known,
    if(is_small(f.n_rows), NULL, f.n_rows) AS n_rows,
    if(is_small(f.n_rows_read) OR is_small(f.n_rows - f.n_rows_read), NULL, f.share_read) AS share_read,
    coalesce(h.n_lists_held, 0) AS n_lists_held,
    f.faults,
    len(f.faults) = 0 AS is_screening
FROM exposure.feed AS f
LEFT JOIN held AS h ON f.facility = h.facility
