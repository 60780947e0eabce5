-- whether invented patients of each feed were found tonight; what is lost first
-- grain: facility, canary, way
SELECT
    facility,
    canary,
    way,
    state,
    severity,
    lost_at,
    field,
    why
FROM quality.canary
ORDER BY array_position(['lost', 'not_proven', 'found'], state), facility, canary, way
