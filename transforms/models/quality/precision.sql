-- quality.precision: mart.precision over all facilities and months, small counts hidden
-- grain: rule_id, rule_version, status
-- Where any part is small every part is hidden: the others and the sum would give it away.
WITH threshold AS (
    SELECT max(value) AS small_count FROM knowledge.check_threshold
    WHERE threshold = 'small_count'
),

summed AS (
    SELECT
        rule_id,
        rule_version,
        status,
        sum(n_flagged)::INTEGER AS n_flagged,
        sum(n_positive)::INTEGER AS n_positive,
        sum(n_negative)::INTEGER AS n_negative,
        sum(n_undecided)::INTEGER AS n_undecided,
        sum(n_not_reviewed)::INTEGER AS n_not_reviewed
    FROM mart.precision
    GROUP BY rule_id, rule_version, status
),

judged AS (
    SELECT
        s.*,
        s.n_flagged < t.small_count AS is_few,
        len(list_filter(
            [s.n_positive, s.n_negative, s.n_undecided, s.n_not_reviewed],
            LAMBDA n: n > 0 AND n < t.small_count
        )) > 0 AS is_small
    FROM summed AS s
    CROSS JOIN threshold AS t
)

SELECT
    j.rule_id,
    j.rule_version,
    j.status,
    if(j.is_few, NULL, j.n_flagged) AS n_flagged,
    if(j.is_small, NULL, j.n_positive) AS n_positive,
    if(j.is_small, NULL, j.n_negative) AS n_negative,
    if(j.is_small, NULL, j.n_undecided) AS n_undecided,
    if(j.is_small, NULL, j.n_not_reviewed) AS n_not_reviewed,
    if(j.is_small, NULL, j.n_positive / nullif(j.n_positive + j.n_negative, 0)) AS positive_share,
    c.as_of
FROM judged AS j
CROSS JOIN run.clock AS c
