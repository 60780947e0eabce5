-- result.version_rank: the versions of every result that was sent more than once, the one that counts first
-- grain: result_number
-- A final version is never replaced by a provisional one, nor by one of a contradicted identity; else
-- the latest message wins, at the same time a correction, then the later position in one file. Between
-- files that are equal in all this the content decides, never the arrival.
WITH trust AS (
    SELECT
        *,
        {
            'request': request, 'service': service, 'sub_id': sub_id, 'instance_id': instance_id,
            'ordinal': ordinal
        } AS result,
        CASE
            WHEN is_identity_held THEN 3
            WHEN status IN ('provisional', 'no_value', 'unknown') THEN 2
            ELSE 1
        END AS trust,
        -- a withdrawal that does not say when came after what it withdraws
        coalesce(
            message_at, if(status = 'retracted', 'infinity'::TIMESTAMP, '-infinity'::TIMESTAMP)
        ) AS sent_at,
        array_position(['retracted', 'corrected'], status) AS precedence
    FROM result.possible_version
),

last_of_file AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY result, source_number, trust, sent_at, precedence
            ORDER BY result_number DESC
        ) AS rank
    FROM trust
),

ranked AS (
    SELECT
        result_number,
        row_number() OVER version AS version_rank,
        first_value(result_number) OVER version AS superseded_by,
        count(*) OVER (PARTITION BY result) AS n_versions
    FROM last_of_file
    WINDOW version AS (
        PARTITION BY result
        ORDER BY
            trust, sent_at DESC, precedence ASC NULLS LAST, rank,
            observation_value DESC NULLS LAST, units DESC NULLS LAST,
            collected_at DESC NULLS LAST, source_number DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
)

SELECT result_number, version_rank, superseded_by
FROM ranked
WHERE n_versions > 1
UNION ALL
SELECT
    result_number,
    2 AS version_rank,
    copy_of AS superseded_by
FROM result.copy
