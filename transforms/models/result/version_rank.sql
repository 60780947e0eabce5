-- result.version_rank: the versions of every result that was sent more than once, those that stand first
-- grain: result_number
-- A version that none is newer than (macro is_newer) stands. Several that say the same are one; of a
-- number and of bounds that leave room for it the number stands; of others nobody can say which came
-- last, and none of them counts (docs/decisions/0067). The order of arrival decides nothing.
WITH said AS (
    SELECT
        *,
        coalesce(
            concat(value_comparator, value_normalised::VARCHAR),
            concat_ws(' ', 'sent as', observation_value, units)
        ) AS what,
        CASE
            WHEN is_identity_held THEN 3
            WHEN status = 'confirmed' AND observation_value IS NULL THEN 4
            WHEN status IN ('provisional', 'no_value', 'unknown') THEN 2
            ELSE 1
        END AS trust,
        -- HL7 table 0085: what takes back or corrects stands above what it is about
        coalesce(array_position(['retracted', 'corrected'], status), 3) AS precedence,
        row_number() OVER (PARTITION BY statement ORDER BY result_number) AS repetition
    FROM result.possible_version
),

stated AS (
    SELECT
        result,
        statement,
        source_number,
        trust,
        precedence,
        message_at_utc,
        message_at_span_seconds,
        is_in_order,
        count(*) AS n_repetitions,
        string_agg(what, '~' ORDER BY repetition) AS what,
        any_value(value_comparator) AS value_comparator,
        any_value(value_normalised) AS value_normalised,
        string_agg(concat_ws(' ', observation_value, units), '~' ORDER BY repetition) AS sent,
        max(collected_at) AS collected_at
    FROM said
    GROUP BY ALL
),

version AS (
    SELECT *
    FROM stated
    QUALIFY count(*) OVER (PARTITION BY result) > 1
),

unbeaten AS (
    SELECT a.*
    FROM version AS a
    ANTI JOIN version AS b ON a.result = b.result AND is_newer(b, a)
),

-- where each is older than some other in turn, none is the newest
standing AS (
    FROM unbeaten
    UNION ALL
    SELECT v.*
    FROM version AS v
    ANTI JOIN unbeaten AS u ON v.result = u.result
),

told AS (
    SELECT
        result,
        max(trust) = 1 AND min(precedence) > 1 AND count(DISTINCT what) > 1 AS is_contradicted,
        max(n_repetitions) = 1 AND count(value_normalised) = count(*) AS is_readable,
        count(DISTINCT value_normalised) FILTER (WHERE value_comparator IS NULL) AS n_numbers,
        min(value_normalised) FILTER (WHERE value_comparator IS NULL) AS number
    FROM standing
    GROUP BY result
),

judged AS (
    SELECT
        s.*,
        t.is_contradicted AND NOT bool_and(
            t.is_readable AND t.n_numbers = 1
            AND is_within(t.number, s.value_comparator, s.value_normalised)
        ) OVER (PARTITION BY s.result) AS is_order_unknown
    FROM standing AS s
    INNER JOIN told AS t ON s.result = t.result
),

chosen AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY result
            ORDER BY
                (value_comparator IS NOT NULL), sent DESC, collected_at DESC NULLS LAST,
                source_number DESC, statement DESC
        ) AS place
    FROM judged
),

winner AS (
    SELECT
        w.result,
        w.statement,
        r.repetition,
        r.result_number
    FROM chosen AS w
    INNER JOIN said AS r ON w.result = r.result AND w.statement = r.statement
    WHERE w.place = 1
)

SELECT
    r.result_number,
    if(c.place = 1 OR coalesce(c.is_order_unknown, FALSE), 1, 2) AS version_rank,
    coalesce(c.is_order_unknown, FALSE) AS is_order_unknown,
    coalesce(c.place > 1, FALSE) AS is_equal_in_order,
    coalesce(same.result_number, w.result_number) AS superseded_by
FROM said AS r
INNER JOIN winner AS w ON r.result = w.result AND w.repetition = 1
LEFT JOIN winner AS same ON r.result = same.result AND r.repetition = same.repetition
LEFT JOIN chosen AS c ON r.result = c.result AND r.statement = c.statement
UNION ALL
SELECT
    result_number,
    2 AS version_rank,
    FALSE AS is_order_unknown,
    FALSE AS is_equal_in_order,
    copy_of AS superseded_by
FROM result.copy
