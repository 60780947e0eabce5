-- delivery.timing: do the times of tonight's delivery make sense, and was it sent before
-- grain: facility
-- Late: the message is more than so many days younger than the specimen. Before collection: its day is
-- before that of the specimen it tells of. Repeated: equal to a result that was known. Shares of the
-- immunoglobulin results; NULL below the minimum of them. Internal.
WITH needed AS (
    SELECT
        threshold('share_min_results') AS n_share,
        threshold('late_days') AS late_days
),

counted AS (
    SELECT
        d.facility,
        sum(d.n_results) AS n,
        sum(d.n_results) FILTER (WHERE d.days_underway > t.late_days) AS n_late,
        sum(d.n_results) FILTER (WHERE d.days_underway < 0) AS n_before_collection,
        sum(d.n_resent) AS n_resent,
        any_value(t.n_share) AS n_share
    FROM tally.result AS d
    CROSS JOIN needed AS t
    INNER JOIN run.source AS s
        ON d.facility = s.facility AND d.source_sha256 = s.source_sha256
    WHERE s.is_new AND d.disposition <> 'not_immunoglobulin'
    GROUP BY d.facility
)

SELECT
    facility,
    if(n >= n_share, coalesce(n_late, 0) / n, NULL) AS share_late,
    if(n >= n_share, coalesce(n_before_collection, 0) / n, NULL) AS share_before_collection,
    if(n >= n_share, n_resent / n, NULL) AS share_repeated
FROM counted
