-- quality.verdict_outcome: how many flags the clinics found right, over all facilities and months
-- grain: rule_id, rule_version, status
-- mart.verdict_outcome as others may see it. n_flagged is the sum of the parts as shown, and the share that
-- of the parts as shown: a sum of its own would give away what they hide. A state without any has no row.
WITH part AS (
    SELECT
        rule_id,
        rule_version,
        status,
        shown_count(sum(n_positive))::INTEGER AS n_positive,
        shown_count(sum(n_negative))::INTEGER AS n_negative,
        shown_count(sum(n_undecided))::INTEGER AS n_undecided,
        shown_count(sum(n_not_reviewed))::INTEGER AS n_not_reviewed
    FROM mart.verdict_outcome
    GROUP BY rule_id, rule_version, status
)

SELECT
    p.rule_id,
    p.rule_version,
    p.status,
    list_sum([p.n_positive, p.n_negative, p.n_undecided, p.n_not_reviewed])::INTEGER AS n_flagged,
    p.n_positive,
    p.n_negative,
    p.n_undecided,
    p.n_not_reviewed,
    round(p.n_positive / (p.n_positive + p.n_negative), 2) AS positive_share,
    c.as_of
FROM part AS p
CROSS JOIN run.clock AS c
WHERE n_flagged IS NOT NULL
