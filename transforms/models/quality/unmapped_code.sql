-- quality.unmapped_code: what looks like an immunoglobulin and could not be mapped; the worklist
-- grain: facility, code, code_system, test_name, reason_code
-- Days are hidden with the count: the one day of one result may point to a person. So is the smallest
-- count of a feed where all that are shown leave 1 to 4 of its unusable results, whose sum is known.
WITH threshold AS (
    SELECT max(value) AS small_count FROM knowledge.check_threshold
    WHERE threshold = 'small_count'
),

unmapped AS (
    SELECT
        facility,
        code,
        code_system,
        test_name,
        reason_code,
        mode(unit_source_value) AS units,
        count(*) AS n_results,
        min(collected_at)::DATE AS first_seen_on,
        max(collected_at)::DATE AS last_seen_on
    FROM core.unusable
    WHERE reason_code IN ('unmapped_code', 'unmapped_unit', 'code_and_name_disagree')
    GROUP BY facility, code, code_system, test_name, reason_code
),

unusable AS (
    SELECT
        facility,
        sum(n) AS n_unusable
    FROM tally.result
    WHERE disposition = 'unusable'
    GROUP BY facility
),

ranked AS (
    SELECT
        u.*,
        t.small_count,
        coalesce(x.n_unusable, 0) - sum(u.n_results) FILTER (WHERE u.n_results >= t.small_count)
            OVER (PARTITION BY u.facility) AS n_left,
        row_number() OVER (
            PARTITION BY u.facility, u.n_results < t.small_count
            ORDER BY u.n_results, u.code, u.code_system, u.test_name, u.reason_code
        ) AS place
    FROM unmapped AS u
    CROSS JOIN threshold AS t
    LEFT JOIN unusable AS x ON u.facility = x.facility
),

decided AS (
    SELECT
        *,
        n_results < small_count
        OR (place = 1 AND n_left > 0 AND n_left < small_count) AS is_hidden
    FROM ranked
)

SELECT
    facility,
    code,
    code_system,
    test_name,
    units,
    reason_code,
    if(is_hidden, NULL, n_results) AS n_results,
    if(is_hidden, NULL, first_seen_on) AS first_seen_on,
    if(is_hidden, NULL, last_seen_on) AS last_seen_on
FROM decided
