-- quality.verdict_outcome: how many flags the clinics found right, over all facilities and months
-- grain: rule_id, rule_version, status
-- mart.verdict_outcome without small counts. Where any part is small every part is hidden: the others
-- and the sum would give it away.
WITH summed AS (
    SELECT
        rule_id,
        rule_version,
        status,
        sum(n_flagged)::INTEGER AS n_flagged,
        sum(n_positive)::INTEGER AS n_positive,
        sum(n_negative)::INTEGER AS n_negative,
        sum(n_undecided)::INTEGER AS n_undecided,
        sum(n_not_reviewed)::INTEGER AS n_not_reviewed
    FROM mart.verdict_outcome
    GROUP BY rule_id, rule_version, status
),

decided AS (
    SELECT
        *,
        is_small(n_positive) OR is_small(n_negative) OR is_small(n_undecided)
        OR is_small(n_not_reviewed) AS is_hidden
    FROM summed
)

SELECT
    d.rule_id,
    d.rule_version,
    d.status,
    if(is_small(d.n_flagged), NULL, d.n_flagged) AS n_flagged,
    if(d.is_hidden, NULL, d.n_positive) AS n_positive,
    if(d.is_hidden, NULL, d.n_negative) AS n_negative,
    if(d.is_hidden, NULL, d.n_undecided) AS n_undecided,
    if(d.is_hidden, NULL, d.n_not_reviewed) AS n_not_reviewed,
    if(d.is_hidden, NULL, d.n_positive / nullif(d.n_positive + d.n_negative, 0)) AS positive_share,
    c.as_of
FROM decided AS d
CROSS JOIN run.clock AS c
