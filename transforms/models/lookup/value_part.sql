-- lookup.value_part: each plain text of a value as words, comparator, number, words, and what they say
-- grain: decimal_mark, thousands, value_text
-- The words are a unit, the laboratory's flag ('0.21 L', '* 0.21', '0.21 g/L (L)') or what repeats the
-- comparator ('<0.05 below detection limit'); is_known: none of them says anything else. A sign
-- directly behind a whole number is a grade (2+) or a cut range (5-), never a flag.
WITH split AS (
    SELECT DISTINCT
        decimal_mark,
        thousands,
        value_text,
        regexp_extract(
            lower(value_text),
            '^(\D*?)((?:<=|>=|=<|=>|<|>|≤|≥|≦|≧|⩽|⩾|=)\s*)?'
            || '([+-]?(?:[.,]?\d[\d., '']*\d|[.,]?\d)[.,]?)(?:e([+-]?\d{1,2}))?(\D.*)?$',
            ['before', 'sign', 'digits', 'exponent', 'behind']
        ) AS part
    FROM lookup.value_structure
),

bare AS (
    SELECT
        *,
        regexp_matches(part.before || part.behind, '[*!]') AS is_marked,
        trim(translate(part.before, '*!()[]:', '       ')) AS before,
        trim(regexp_replace(translate(part.behind, '*!()[]', '      '), '\s+', ' ', 'g')) AS behind,
        -- brackets alone around a number are not known to mean nothing
        NOT regexp_matches(part.before, '[\p{L}.,+-]$|^[(\[]+$')
        AND NOT regexp_matches(part.behind, '^-')
        AND (part.behind NOT IN (')', ']') OR part.before <> '') AS is_apart
    FROM split
),

worded AS (
    SELECT
        b.*,
        sign.value_comparator AS stated_sign,
        before_sign.value_comparator AS before_sign,
        coalesce(before_sign.stands_alone, FALSE) AS is_before_alone,
        behind_sign.value_comparator AS behind_sign,
        before_flag.abnormal_flag AS before_flag,
        coalesce(behind_flag.abnormal_flag, last_flag.abnormal_flag, first_flag.abnormal_flag)
            AS behind_flag,
        coalesce(behind_unit.unit_ucum, first_unit.unit_ucum, last_unit.unit_ucum) AS unit_in_value
    FROM bare AS b
    LEFT JOIN knowledge.value_comparator AS sign ON trim(b.part.sign) = sign.as_sent
    LEFT JOIN knowledge.value_comparator AS before_sign ON b.before = before_sign.as_sent
    LEFT JOIN knowledge.value_comparator AS behind_sign ON b.behind = behind_sign.as_sent
    LEFT JOIN knowledge.value_flag AS before_flag
        ON b.before = before_flag.as_sent AND NOT before_flag.is_behind_only
    LEFT JOIN knowledge.value_flag AS behind_flag ON b.behind = behind_flag.as_sent
    LEFT JOIN knowledge.unit_spelling AS behind_unit
        ON unit_spelling(b.behind) = behind_unit.as_sent
    -- a unit and a flag, either first
    LEFT JOIN knowledge.unit_spelling AS first_unit
        ON
            behind_unit.as_sent IS NULL
            AND unit_spelling(regexp_extract(b.behind, '^(.+) \S+$', 1)) = first_unit.as_sent
    LEFT JOIN knowledge.value_flag AS last_flag
        ON
            first_unit.as_sent IS NOT NULL
            AND regexp_extract(b.behind, ' (\S+)$', 1) = last_flag.as_sent
    LEFT JOIN knowledge.value_flag AS first_flag
        ON regexp_extract(b.behind, '^(\S+) ', 1) = first_flag.as_sent
    LEFT JOIN knowledge.unit_spelling AS last_unit
        ON
            first_flag.as_sent IS NOT NULL
            AND unit_spelling(regexp_extract(b.behind, '^\S+ (.+)$', 1)) = last_unit.as_sent
)

SELECT
    decimal_mark,
    thousands,
    value_text,
    part.digits,
    part.exponent,
    coalesce(stated_sign, before_sign) AS sign,
    unit_in_value,
    coalesce(before_flag, behind_flag, if(is_marked, 'A', NULL)) AS flag_in_value,
    coalesce(
        left(coalesce(stated_sign, before_sign), 1) <> left(coalesce(before_sign, behind_sign), 1)
        OR left(before_sign, 1) <> left(behind_sign, 1),
        FALSE
    ) AS is_sign_contradicted,
    regexp_matches(value_text, '^(?:\d+\++|\d \++)$') AS is_grade,
    is_apart
    AND (before = '' OR before_flag IS NOT NULL OR (
        before_sign IS NOT NULL AND (is_before_alone OR stated_sign IS NOT NULL)
    ))
    AND CASE
        WHEN behind = '' THEN TRUE
        WHEN behind_sign IS NOT NULL THEN coalesce(stated_sign, before_sign) IS NOT NULL
        WHEN contains(behind, ' ') AND behind_flag IS NOT NULL AND unit_in_value IS NULL
            THEN behind IN (SELECT f.as_sent FROM knowledge.value_flag AS f)
        ELSE behind_flag IS NOT NULL OR unit_in_value IS NOT NULL
    END
    AND coalesce(before_flag = behind_flag, TRUE) AS is_known
FROM worded
