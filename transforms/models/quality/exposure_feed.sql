-- quality.exposure_feed: whether each feed of exposures is one that screens, in three shares
-- grain: facility
-- Rules 2026.2, 3b. share_known: of its patients, those known to the laboratories. share_read: of the last
-- year's rows, those in systems that are read or recognised by name. Shares are of the counts as shown. A
-- text in quality.unmapped_exposure tells that there are five, so few are small_count more than these.
WITH held AS (
    SELECT
        facility,
        count(*) AS n_lists_held
    FROM exposure.list
    WHERE NOT is_accepted
    GROUP BY facility
),

shown AS (
    SELECT
        *,
        shown_count_beyond(n_patients, threshold('text_min_patients')) AS n_patients_shown,
        shown_count_beyond(n_rows, threshold('text_min_patients')) AS n_rows_shown
    FROM exposure.feed
)

SELECT
    f.facility,
    f.last_mentioned_on,
    f.n_patients_shown AS n_patients,
    round(shown_count(f.n_patients_known) / f.n_patients_shown, 2) AS share_known,
    f.n_rows_shown AS n_rows,
    round(shown_count(f.n_rows_read) / f.n_rows_shown, 2) AS share_read,
    coalesce(h.n_lists_held, 0) AS n_lists_held,
    f.faults,
    len(f.faults) = 0 AS is_screening
FROM shown AS f
LEFT JOIN held AS h ON f.facility = h.facility
