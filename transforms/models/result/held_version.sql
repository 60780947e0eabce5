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

-- something of the result was sent before its first correction, or may have been
matched AS (
    SELECT result
    FROM result.possible_version
    GROUP BY result
    HAVING
        min(coalesce(message_at_utc, '-infinity'::TIMESTAMP)) FILTER (WHERE status <> 'corrected')
        < min(
            coalesce(
                message_at_utc + to_seconds(greatest(message_at_span_seconds, 1)),
                'infinity'::TIMESTAMP
            )
        ) FILTER (WHERE status = 'corrected')
),

-- the version that counts of each result that begins with a correction: it need not be that correction
begun AS (
    SELECT DISTINCT coalesce(w.superseded_by, c.result_number) AS result_number
    FROM corrected AS c
    ANTI JOIN matched AS m ON c.result = m.result
    ANTI JOIN result.superseded AS s
        ON
            c.result_number = s.superseded_by AND s.reason_code = 'moved_to_another_patient'
    LEFT JOIN result.version_rank AS w
        ON c.result_number = w.result_number AND w.version_rank > 1
),

correction AS (
    SELECT
        i.*,
        f.analyte,
        f.series,
        date_trunc('minute', i.collected_at) AS collected_minute
    FROM result.version AS i
    SEMI JOIN begun AS b ON i.result_number = b.result_number
    LEFT JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
    WHERE i.reason_code IS NULL
),

of_one_minute AS (
    SELECT
        i.*,
        f.analyte,
        f.series,
        date_trunc('minute', i.collected_at) AS collected_minute
    FROM result.version AS i
    SEMI JOIN correction AS c
        ON
            i.person_number = c.person_number
            AND date_trunc('minute', i.collected_at) = c.collected_minute
    LEFT JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
    WHERE i.reason_code IS NULL
),

pair AS (
    SELECT
        c.result_number,
        o.result_number AS beside
    FROM of_one_minute AS o
    INNER JOIN correction AS c
        ON
            o.person_number = c.person_number AND o.analyte = c.analyte AND o.series = c.series
            AND o.collected_minute = c.collected_minute AND o.result_number <> c.result_number
            AND NOT is_later(o.message_at_utc, c.message_at_utc, c.message_at_span_seconds)
            AND (
                o.value_normalised <> c.value_normalised
                OR (o.value_comparator IS DISTINCT FROM c.value_comparator)
            )
            AND NOT coalesce(
                source_of(o.result_number) = source_of(c.result_number)
                AND o.message_number = c.message_number,
                FALSE
            )
    ANTI JOIN result.superseded AS s ON o.result_number = s.result_number
    ANTI JOIN result.superseded AS t ON c.result_number = t.result_number
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
INNER JOIN result.version AS i ON r.result_number = i.result_number AND i.reason_code IS NULL
ANTI JOIN result.superseded AS s ON r.result_number = s.result_number
WHERE r.is_order_unknown
UNION ALL
SELECT
    h.result_number,
    'correction_without_predecessor' AS reason_code
FROM held AS h
ANTI JOIN (SELECT result_number FROM result.version_rank WHERE is_order_unknown) AS r
    ON h.result_number = r.result_number
