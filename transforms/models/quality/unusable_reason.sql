-- quality.unusable_reason: results that cannot be used, by feed and reason
-- grain: facility, reason_code
-- A count of 1 to 4 is hidden. The sum of a feed is in quality.conservation, so where it would give
-- away what is hidden (one reason alone, or several that come to 1 to 4) the next smallest is hidden
-- too. share is of what could have been measured.
WITH threshold AS (
    SELECT max(value) AS small_count FROM knowledge.check_threshold
    WHERE threshold = 'small_count'
),

result AS (
    SELECT
        facility,
        reason_code,
        sum(n)::BIGINT AS n,
        sum(sum(n)) OVER (PARTITION BY facility) AS n_measurable
    FROM tally.result
    WHERE disposition IN ('measured', 'unusable')
    GROUP BY facility, reason_code
),

ranked AS (
    SELECT
        r.*,
        r.n < t.small_count AS is_small,
        t.small_count,
        count(*) FILTER (WHERE r.n < t.small_count) OVER (PARTITION BY r.facility) AS n_small,
        sum(r.n) FILTER (WHERE r.n < t.small_count) OVER (PARTITION BY r.facility) AS small_sum,
        row_number() OVER (
            PARTITION BY r.facility, r.n < t.small_count ORDER BY r.n, r.reason_code
        ) AS place
    FROM result AS r
    CROSS JOIN threshold AS t
    WHERE r.reason_code IS NOT NULL
),

decided AS (
    SELECT
        *,
        is_small OR (place = 1 AND (n_small = 1 OR (n_small > 1 AND small_sum < small_count)))
            AS is_suppressed
    FROM ranked
)

SELECT
    facility,
    reason_code,
    if(is_suppressed, NULL, n) AS n_results,
    if(is_suppressed, NULL, round(n / n_measurable, 4)) AS share,
    is_suppressed
FROM decided
