-- quality.conservation: how much of each unit was read and where it ended, as others may see it
-- grain: facility, unit, outcome
-- A text in quality.unmapped_code or unmapped_exposure tells that there are five, so a count is hidden here
-- below small_count more. What was read is the sum of the shown outcomes: a sum of its own would give away
-- what they hide. A unit without any shown count has no row. The exact sums, which must add up, are
-- tally.conservation.
WITH ended AS (
    SELECT
        facility,
        unit,
        outcome,
        shown_count_beyond(n, threshold('text_min_results')) AS n
    FROM tally.conservation
    WHERE outcome <> 'read'
),

read_in_all AS (
    SELECT
        facility,
        unit,
        sum(n)::BIGINT AS n
    FROM ended
    GROUP BY facility, unit
    HAVING sum(n) IS NOT NULL
)

SELECT
    facility,
    unit,
    'read' AS outcome,
    n,
    FALSE AS is_suppressed
FROM read_in_all
UNION ALL
SELECT
    e.facility,
    e.unit,
    e.outcome,
    e.n,
    e.n IS NULL AS is_suppressed
FROM ended AS e
SEMI JOIN read_in_all AS r ON e.facility = r.facility AND e.unit = r.unit
