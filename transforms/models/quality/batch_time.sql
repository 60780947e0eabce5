-- quality.batch_time: do the times of tonight's delivery make sense, and was it sent before
-- grain: facility
-- Late: the message is more than so many days younger than the specimen. Before collection: its day is
-- before that of the specimen it tells of. Repeated: equal to a result that was known. Shares of the
-- immunoglobulin results; NULL below the minimum of them. Internal.
WITH threshold AS (
    SELECT
        max(value) FILTER (WHERE threshold = 'share_min_results') AS n_share,
        max(value) FILTER (WHERE threshold = 'late_days') AS late_days
    FROM knowledge.check_threshold
),

result AS (
    SELECT
        d.facility,
        d.measurement_id,
        date_diff('day', d.collected_at, d.message_at) AS days_underway
    FROM core.disposition AS d
    INNER JOIN run.source AS s
        ON d.facility = s.facility AND d.source_sha256 = s.source_sha256
    WHERE s.is_new AND d.disposition <> 'not_immunoglobulin'
),

repeated AS (
    SELECT measurement_id FROM core.superseded
    WHERE reason_code = 'resent_unchanged'
    UNION
    SELECT superseded_by FROM core.superseded
    WHERE reason_code = 'resent_unchanged'
),

counted AS (
    SELECT
        r.facility,
        count(*) AS n,
        count(*) FILTER (WHERE r.days_underway > t.late_days) AS n_late,
        count(*) FILTER (WHERE r.days_underway < 0) AS n_before_collection,
        count(p.measurement_id) AS n_repeated,
        any_value(t.n_share) AS n_share
    FROM result AS r
    CROSS JOIN threshold AS t
    LEFT JOIN repeated AS p ON r.measurement_id = p.measurement_id
    GROUP BY r.facility
)

SELECT
    facility,
    if(n >= n_share, n_late / n, NULL) AS share_late,
    if(n >= n_share, n_before_collection / n, NULL) AS share_before_collection,
    if(n >= n_share, n_repeated / n, NULL) AS share_repeated
FROM counted
