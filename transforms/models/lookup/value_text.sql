-- lookup.value_text: each text that was sent as a value, read as comparator, number and unit
-- grain: decimal_mark, is_sn, observation_value
-- '<0.05' -> '<', 0.05    '4,10' -> 4.1 where the facility writes a decimal comma, else in doubt
-- '10 IU/mL' -> 10, [IU]/mL; used where OBX-6 is empty or says the same
-- A number is sign, digits and point (HL7 v2 chapter 2A, NM); SN's parts are joined first.
WITH sent AS (
    SELECT DISTINCT
        k.decimal_mark,
        o.is_sn,
        o.observation_value
    FROM (
        SELECT DISTINCT
            facility,
            coalesce(value_type = 'SN', false) AS is_sn,
            observation_value
        FROM raw.observation
        WHERE observation_value IS NOT NULL
    ) AS o
    INNER JOIN knowledge.facility AS k ON o.facility = k.facility
),

split AS (
    SELECT
        *,
        trim(if(is_sn, replace(observation_value, '^', ''), observation_value))
            AS value_text,
        regexp_extract(
            value_text, '^(<=|>=|<|>|≤|≥|=)?\s*([+-]?[\d.,]*\d[.,]?)?\s*(.*)$',
            ['sign', 'digits', 'rest']
        ) AS part
    FROM sent
),

pointed AS (
    SELECT
        *,
        CASE part.sign WHEN '≤' THEN '<=' WHEN '≥' THEN '>=' WHEN '=' THEN '' ELSE part.sign END
            AS sign,
        CASE
            WHEN decimal_mark = ',' AND NOT contains(part.digits, '.')
                THEN replace(part.digits, ',', '.')
            WHEN
                decimal_mark = ',' AND regexp_matches(part.digits, '^[+-]?\d{1,3}(\.\d{3})+,\d+$')
                THEN replace(replace(part.digits, '.', ''), ',', '.')
            WHEN
                decimal_mark = '.'
                AND regexp_matches(part.digits, '^[+-]?\d{1,3}(,\d{3})+\.\d+$')
                THEN replace(part.digits, ',', '')
            ELSE part.digits
        END AS digits,
        decimal_mark = ',' AND contains(part.digits, '.') AND NOT contains(part.digits, ',')
            AS is_ambiguous
    FROM split
),

united AS (
    SELECT
        p.*,
        u.unit_ucum AS unit_in_value,
        NOT is_ambiguous AND regexp_matches(digits, '^[+-]?(\d+\.?\d*|\.\d+)$')
        AND (part.rest = '' OR u.unit_ucum IS NOT NULL) AS is_number
    FROM pointed AS p
    LEFT JOIN knowledge.unit_spelling AS u
        ON unit_spelling(p.part.rest) = u.as_sent
),

worded AS (
    SELECT
        v.value_text,
        arg_min(w.reason_code, w.sort_order) AS reason_code
    FROM (SELECT DISTINCT value_text FROM united WHERE NOT is_number) AS v
    INNER JOIN knowledge.value_word AS w ON regexp_matches(lower(v.value_text), w.pattern)
    GROUP BY v.value_text
)

SELECT
    (row_number() OVER ())::INTEGER AS value_number,
    u.decimal_mark,
    u.is_sn,
    u.observation_value,
    u.value_text,
    nullif(u.sign, '') AS value_comparator,
    if(u.is_number, u.digits::DOUBLE, NULL) AS value_as_number,
    u.unit_in_value,
    CASE
        WHEN u.value_text = '' THEN 'value_missing'
        WHEN u.is_number AND u.digits LIKE '-%' THEN 'negative_value'
        WHEN u.is_number THEN NULL
        WHEN regexp_matches(
            u.value_text, '^[<>=≤≥\s]*[\d.,]+\s*[-–:~/]\s*[\d.,]+$'
        ) THEN 'value_is_range'
        WHEN
            (u.part.rest = '' OR u.unit_in_value IS NOT NULL)
            AND regexp_matches(u.part.digits, '^[+-]?[\d.,]*[.,][\d.,]*$')
            THEN 'value_ambiguous_decimal'
        ELSE coalesce(w.reason_code, 'value_not_numeric')
    END AS value_fault
FROM united AS u
LEFT JOIN worded AS w ON u.value_text = w.value_text
