-- exposure.standing: what senders say of an exposure's standing, each wording once, and what it means
-- grain: facility, statements
-- A statement is a field and its word (raw.exposure, statements). The site's own word for it comes first,
-- then the field's HL7 table, then the words that people write. unknown_statement is one that none of these
-- knows: what it stands on takes no effect.
WITH sent AS (
    SELECT DISTINCT
        facility,
        statements,
        unnest(string_split(statements, chr(10))) AS statement
    FROM raw.exposure
    WHERE statements IS NOT NULL
),

statement AS (
    SELECT
        *,
        split_part(statement, ' ', 1) AS field,
        trim(substr(statement, strpos(statement, ' ') + 1)) AS said
    FROM sent
),

understood AS (
    SELECT
        s.facility,
        s.statements,
        s.statement,
        s.field NOT IN ('RXA-9') AS is_needed,
        coalesce(l.meaning, f.meaning, w.meaning) AS meaning
    FROM statement AS s
    LEFT JOIN knowledge.local_word AS l
        ON
            s.facility = l.facility AND upper(s.said) = l.as_sent
            AND l.topic = if(
                s.field IN ('certainty', 'DG1-6', 'PRB-13'), 'exposure_certainty', 'exposure_status'
            )
    LEFT JOIN knowledge.exposure_status AS f ON s.field = f.field AND upper(s.said) = upper(f.as_sent)
    LEFT JOIN knowledge.exposure_status AS w ON w.field = 'word' AND plain_name(s.said) = w.as_sent
)

SELECT
    facility,
    statements,
    min(statement) FILTER (WHERE meaning IS NULL AND is_needed) AS unknown_statement,
    coalesce(bool_or(meaning = 'cancelled'), FALSE) AS is_cancelled,
    coalesce(bool_or(meaning = 'cancelled' AND NOT starts_with(statement, 'ORC-')), FALSE)
        AS is_cancelled_itself,
    coalesce(bool_or(meaning = 'not_done'), FALSE) AS is_not_done,
    coalesce(bool_or(meaning = 'planned'), FALSE) AS is_planned,
    coalesce(bool_or(meaning = 'updated'), FALSE) AS is_update,
    coalesce(bool_or(meaning IN ('active', 'resumed')), FALSE) AS is_active,
    coalesce(
        bool_or(meaning IN ('stopped', 'replaced', 'on_hold'))
        OR bool_or(meaning = 'completed') AND NOT bool_or(meaning IN ('active', 'resumed')),
        FALSE
    ) AS is_stop,
    CASE
        WHEN bool_or(meaning = 'excluded') THEN 'excluded'
        WHEN bool_or(meaning = 'history') THEN 'history'
        WHEN bool_or(meaning = 'suspected') THEN 'suspected'
        WHEN bool_or(meaning = 'confirmed') THEN 'confirmed'
    END AS certainty
FROM understood
GROUP BY facility, statements
