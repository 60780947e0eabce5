-- result.held_version: versions that would count, were it known which of two counts
-- grain: result_number
-- Of two that disagree neither is believed: versions of one result in no known order, and a correction
-- of what is not found beside another final of the same person, test and minute, which may be it.
WITH corrected AS (
    SELECT
        i.result_number,
        coalesce(v.result, i.result_number) AS result
    FROM result.version AS i
    SEMI JOIN lookup.result_meaning AS f
        ON i.text_number = f.text_number AND f.status = 'corrected'
    LEFT JOIN result.possible_version AS v ON i.result_number = v.result_number
),

-- nothing of the result was sent before its first correction
unmatched AS (
    SELECT c.result
    FROM corrected AS c
    ANTI JOIN (
        SELECT result
        FROM result.possible_version
        GROUP BY result
        HAVING
            min(coalesce(message_at_utc, '-infinity'::TIMESTAMP)) FILTER (WHERE status <> 'corrected')
            < min(message_at_utc + to_seconds(greatest(message_at_span_seconds, 1)))
                FILTER (WHERE status = 'corrected')
            OR bool_or(status = 'corrected' AND message_at_utc IS NULL)
            AND bool_or(status <> 'corrected')
    ) AS p ON c.result = p.result
    GROUP BY c.result
),

standing AS (
    SELECT
        i.result_number,
        i.person_number,
        f.analyte,
        f.series,
        date_trunc('minute', i.collected_at) AS collected_at,
        i.message_number,
        i.message_at_utc,
        i.message_at_span_seconds,
        i.value_comparator,
        i.value_normalised,
        coalesce(v.result, i.result_number) AS result
    FROM result.version AS i
    LEFT JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
    LEFT JOIN result.possible_version AS v ON i.result_number = v.result_number
    ANTI JOIN result.superseded AS s ON i.result_number = s.result_number
    WHERE i.reason_code IS NULL
),

correction AS (
    SELECT s.*
    FROM standing AS s
    SEMI JOIN unmatched AS u ON s.result = u.result
    ANTI JOIN result.superseded AS m
        ON s.result_number = m.superseded_by AND m.reason_code = 'moved_to_another_patient'
),

pair AS (
    SELECT
        c.result_number,
        o.result_number AS beside
    FROM standing AS o
    INNER JOIN correction AS c
        ON
            o.person_number = c.person_number AND o.analyte = c.analyte AND o.series = c.series
            AND o.collected_at = c.collected_at AND o.result <> c.result
            AND NOT is_later(o.message_at_utc, c.message_at_utc, c.message_at_span_seconds)
            AND (
                o.value_normalised <> c.value_normalised
                OR o.value_comparator IS DISTINCT FROM c.value_comparator
            )
            AND NOT coalesce(
                source_of(o.result_number) = source_of(c.result_number)
                AND o.message_number = c.message_number,
                FALSE
            )
),

held AS (
    SELECT result_number
    FROM pair
    UNION
    SELECT beside
    FROM pair
)

SELECT
    r.result_number,
    'version_order_unknown' AS reason_code
FROM result.version_rank AS r
SEMI JOIN standing AS s ON r.result_number = s.result_number
WHERE r.is_order_unknown
UNION ALL
SELECT
    h.result_number,
    'correction_without_predecessor' AS reason_code
FROM held AS h
ANTI JOIN (SELECT result_number FROM result.version_rank WHERE is_order_unknown) AS r
    ON h.result_number = r.result_number
