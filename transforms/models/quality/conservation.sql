-- quality.conservation: how much of each unit was read and where it ended, small counts hidden
-- grain: facility, unit, outcome
-- A count of 1 to 4 is hidden. Where what is hidden could be worked out from the rest (one outcome
-- alone, or several that come to 1 to 4), the next smallest is hidden too.
WITH counted AS (
    SELECT
        c.facility,
        c.unit,
        c.outcome,
        c.n,
        c.outcome <> 'read' AS is_part,
        is_small(c.n) AS is_small
    FROM tally.conservation AS c
),

ranked AS (
    SELECT
        *,
        count(*) FILTER (WHERE is_part AND is_small) OVER a_unit AS n_small,
        sum(n) FILTER (WHERE is_part AND is_small) OVER a_unit AS small_sum,
        row_number() OVER (
            PARTITION BY facility, unit, is_part AND NOT is_small AND n > 0 ORDER BY n, outcome
        ) AS rank
    FROM counted
    WINDOW a_unit AS (PARTITION BY facility, unit)
),

decided AS (
    SELECT
        *,
        is_small OR (
            is_part AND n > 0 AND rank = 1
            AND (n_small = 1 OR is_small(small_sum))
        ) AS is_suppressed
    FROM ranked
)

SELECT
    facility,
    unit,
    outcome,
    if(is_suppressed, NULL, n) AS n,
    is_suppressed
FROM decided
