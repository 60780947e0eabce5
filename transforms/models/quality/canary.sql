-- quality.canary: whether invented patients of each feed were found tonight, and where they were lost
-- grain: facility, canary, way
-- A canary is no person: it is written as the feed writes, and its end is known from the rules. What is
-- lost is critical: a patient like it would be missed. No facility: said of every feed.
SELECT
    facility,
    canary,
    way,
    state,
    CASE state
        WHEN 'lost' THEN 'critical'
        WHEN 'not_proven' THEN 'warning'
        ELSE 'ok'
    END AS severity,
    lost_at,
    field,
    why
FROM run.canary
