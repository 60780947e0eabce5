-- core.value: the version that counts of each result, its text read as comparator and number
-- grain: result_row
-- '<0.05' -> '<', 0.05    '4,10' -> 4.1 where the facility writes a decimal comma, else held
-- A number is sign, digits and point (HL7 v2 chapter 2A, NM); SN's parts are joined first.
WITH written AS (
    SELECT
        i.result_row,
        f.decimal_mark,
        f.reference_set,
        p.birth_date,
        p.sex,
        date_diff('day', p.birth_date, i.collected_at::DATE)::INTEGER AS age_days,
        trim(if(
            i.value_type = 'SN', replace(i.observation_value, '^', ''), i.observation_value
        )) AS value_text
    FROM core.immunoglobulin AS i
    INNER JOIN knowledge.facility AS f ON i.facility = f.facility
    INNER JOIN core.patient AS p ON i.patient_key = p.patient_key
    ANTI JOIN (SELECT result_row FROM core.version WHERE version_rank > 1) AS old
        ON i.result_row = old.result_row
),

split AS (
    SELECT
        *,
        regexp_extract(value_text, '^(<=|>=|<|>|≤|≥|=)?\s*(.*)$', ['sign', 'rest']) AS part
    FROM written
),

pointed AS (
    SELECT
        *,
        CASE part.sign WHEN '≤' THEN '<=' WHEN '≥' THEN '>=' WHEN '=' THEN '' ELSE part.sign END
            AS sign,
        CASE
            WHEN decimal_mark = ',' AND NOT contains(part.rest, '.') THEN replace(part.rest, ',', '.')
            WHEN
                decimal_mark = ',' AND regexp_matches(part.rest, '^\d{1,3}(\.\d{3})+,\d+$')
                THEN replace(replace(part.rest, '.', ''), ',', '.')
            ELSE part.rest
        END AS digits
    FROM split
)

SELECT
    result_row,
    decimal_mark,
    reference_set,
    birth_date,
    sex,
    age_days,
    value_text,
    nullif(sign, '') AS value_comparator,
    CASE
        WHEN decimal_mark = ',' AND contains(part.rest, '.') AND digits = part.rest THEN NULL
        WHEN regexp_matches(digits, '^[+-]?(\d+\.?\d*|\.\d+)$') THEN digits::DOUBLE
    END AS value_as_number,
    CASE
        WHEN value_text IS NULL OR value_text = '' THEN 'value_missing'
        WHEN
            decimal_mark = ',' AND digits = part.rest
            AND regexp_matches(digits, '^[+-]?\d*\.\d+$') THEN 'value_ambiguous_decimal'
        WHEN decimal_mark = '.' AND regexp_matches(digits, '^[+-]?[\d.]*,\d+$')
            THEN 'value_ambiguous_decimal'
        WHEN regexp_matches(digits, '^[\d.,]+\s*[-–:~/]\s*[\d.,]+$') THEN 'value_is_range'
        WHEN NOT regexp_matches(digits, '^[+-]?(\d+\.?\d*|\.\d+)$') THEN 'value_not_numeric'
        WHEN digits LIKE '-%' THEN 'negative_value'
    END AS value_fault
FROM pointed
