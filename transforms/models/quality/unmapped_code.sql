-- quality.unmapped_code: what looks like an immunoglobulin and could not be mapped; the worklist
-- grain: facility, code, code_system, test_name, reason_code
-- Days are hidden with the count: the one day of one result may point to a person. So is the smallest
-- count of a feed where all that are shown leave 1 to 4 of its unusable results, whose sum is known.
WITH unmapped AS (
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
        sum(n_results) AS n_unusable
    FROM tally.result
    WHERE disposition = 'unusable'
    GROUP BY facility
),

counted AS (
    SELECT
        u.*,
        coalesce(x.n_unusable, 0) AS n_unusable,
        is_small(u.n_results) AS is_small
    FROM unmapped AS u
    LEFT JOIN unusable AS x ON u.facility = x.facility
),

ranked AS (
    SELECT
        *,
        n_unusable - sum(n_results) FILTER (WHERE NOT is_small) OVER (PARTITION BY facility)
            AS n_left,
        row_number() OVER (
            PARTITION BY facility, is_small
            ORDER BY n_results, code, code_system, test_name, reason_code
        ) AS rank
    FROM counted
),

decided AS (
    SELECT
        *,
        is_small OR (rank = 1 AND is_small(n_left)) AS is_hidden
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
