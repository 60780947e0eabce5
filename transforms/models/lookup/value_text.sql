-- lookup.value_text: each text that was sent as a value, read as comparator, number, unit and flag
-- grain: decimal_mark, thousands, is_sn, observation_value
-- '<0.05' -> '<', 0.05    '4,10' -> 4.1 where the facility writes a decimal comma, else in doubt
-- '10 IU/mL' -> 10, [IU]/mL; used where OBX-6 is empty or says the same    '0.21 L' -> 0.21, L
-- What has more than one reading, or words that nobody listed, is no number: value_shape shows what
-- kind of text it was.
WITH numbered AS (
    SELECT
        s.*,
        p.digits,
        p.sign,
        p.unit_in_value,
        p.flag_in_value,
        p.is_known,
        p.is_grade,
        p.is_sign_contradicted,
        CASE
            WHEN p.is_known AND NOT p.is_grade AND s.structure_fault IS NULL THEN try_cast(
                concat_ws(
                    'e',
                    point_number(p.digits, s.decimal_mark, s.thousands),
                    nullif(p.exponent, '')
                ) AS DOUBLE
            )
        END AS number
    FROM lookup.value_structure AS s
    LEFT JOIN lookup.value_part AS p
        ON
            s.decimal_mark = p.decimal_mark AND s.thousands = p.thousands
            AND s.value_text = p.value_text
),

worded AS (
    SELECT
        v.value_text,
        arg_min(w.reason_code, w.sort_order) AS reason_code
    FROM (SELECT DISTINCT value_text FROM numbered WHERE number IS NULL) AS v
    INNER JOIN knowledge.value_word AS w ON regexp_matches(lower(v.value_text), w.pattern)
    GROUP BY v.value_text
)

SELECT
    (row_number() OVER ())::INTEGER AS value_number,
    u.decimal_mark,
    u.thousands,
    u.is_sn,
    u.observation_value,
    u.value_text,
    if(u.is_sign_contradicted, NULL, nullif(u.sign, '=')) AS value_comparator,
    if(u.is_sign_contradicted, NULL, u.number) AS value_as_number,
    u.unit_in_value,
    if(u.number IS NULL, NULL, u.flag_in_value) AS flag_in_value,
    text_shape(u.observation_value) AS value_shape,
    CASE
        WHEN u.structure_fault IS NOT NULL THEN u.structure_fault
        WHEN u.value_text = '' THEN 'value_missing'
        WHEN u.number IS NOT NULL AND u.is_sign_contradicted THEN 'comparator_contradicted'
        WHEN u.number < 0 THEN 'negative_value'
        WHEN u.number IS NOT NULL THEN NULL
        WHEN u.is_grade THEN 'value_is_grade'
        WHEN
            regexp_matches(
                u.value_text, '^[<>=≤≥\s]*[\d.,]+\s*(?:[-:~/]|to|bis)\s*[\d.,]+$'
            ) THEN 'value_is_range'
        WHEN u.is_known AND is_ambiguous_number(u.digits) THEN 'value_ambiguous_decimal'
        ELSE coalesce(w.reason_code, 'value_not_numeric')
    END AS value_fault
FROM numbered AS u
LEFT JOIN worded AS w ON u.value_text = w.value_text
