-- quality.unusable_reason: results that cannot be used, by feed and reason
-- grain: facility, reason_code
-- A count of 1 to 4 is hidden. The sum of a feed is in quality.conservation, so where it would give
-- away what is hidden (one reason alone, or several that come to 1 to 4) the next smallest is hidden
-- too. share is of what could have been measured.
WITH result AS (
    SELECT
        facility,
        reason_code,
        sum(n_results)::BIGINT AS n_results,
        sum(sum(n_results)) OVER (PARTITION BY facility) AS n_measurable
    FROM tally.result
    WHERE disposition IN ('measured', 'unusable')
    GROUP BY facility, reason_code
),

reason AS (
    SELECT
        *,
        is_small(n_results) AS is_small
    FROM result
    WHERE reason_code IS NOT NULL
),

ranked AS (
    SELECT
        *,
        count(*) FILTER (WHERE is_small) OVER (PARTITION BY facility) AS n_small,
        sum(n_results) FILTER (WHERE is_small) OVER (PARTITION BY facility) AS small_sum,
        row_number() OVER (PARTITION BY facility, is_small ORDER BY n_results, reason_code) AS rank
    FROM reason
),

decided AS (
    SELECT
        *,
        is_small OR (rank = 1 AND (n_small = 1 OR is_small(small_sum)))
            AS is_suppressed
    FROM ranked
)

SELECT
    facility,
    reason_code,
    if(is_suppressed, NULL, n_results) AS n_results,
    if(is_suppressed, NULL, round(n_results / n_measurable, 4)) AS share,
    is_suppressed
FROM decided
