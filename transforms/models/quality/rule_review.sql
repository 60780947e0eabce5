-- quality.rule_review: which rules have no day of review, and whose review is overdue
-- grain: facility, version
-- facility NULL: the common rules; else what a facility's own file overrides.
WITH rule AS (
    SELECT
        NULL AS facility,
        version,
        next_review_on
    FROM knowledge.rule_parameter
    UNION ALL
    SELECT
        facility,
        version,
        next_review_on
    FROM knowledge.facility_rule
)

SELECT
    r.facility,
    r.version,
    count(*) AS n_parameters,
    count(*) FILTER (WHERE r.next_review_on IS NULL) AS n_unsigned,
    count(*) FILTER (WHERE r.next_review_on < c.as_of) AS n_overdue,
    min(r.next_review_on) FILTER (WHERE r.next_review_on < c.as_of) AS overdue_since
FROM rule AS r
CROSS JOIN run.clock AS c
GROUP BY r.facility, r.version
