-- why exposures of the file would do nothing: set aside for their standing, or not recognised
-- grain: reason_code, kind, field, word
-- A column of many words that nobody knows holds something else: then shapes are shown.
WITH idle AS (
    SELECT
        reason_code,
        kind,
        split_part(unknown_statement, ' ', 1) AS field,
        substr(unknown_statement, strpos(unknown_statement, ' ') + 1) AS word,
        count(*) AS n
    FROM core.exposure_set_aside
    GROUP BY ALL
    UNION ALL
    SELECT
        unmapped_reason AS reason_code,
        kind,
        NULL AS field,
        NULL AS word,
        count(DISTINCT position) AS n
    FROM core.exposure
    WHERE unmapped_reason IS NOT NULL
    GROUP BY ALL
),

counted AS (
    SELECT
        i.*,
        w.n_words
    FROM idle AS i
    LEFT JOIN (SELECT field, count(DISTINCT word) AS n_words FROM idle GROUP BY field) AS w
        ON i.field = w.field
)

SELECT
    reason_code,
    kind,
    field,
    if(n_words > 12, text_shape(word), word) AS word,
    coalesce(n_words > 12, FALSE) AS is_shape,
    sum(n)::BIGINT AS n
FROM counted
GROUP BY ALL
ORDER BY n DESC, reason_code, kind, field, word
