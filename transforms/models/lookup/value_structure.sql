-- lookup.value_structure: each text that was sent as a value, in plain signs and with SN taken apart
-- grain: decimal_mark, thousands, is_sn, observation_value
-- A structured number (HL7 v2 chapter 2A, SN) is comparator, number, separator or suffix, and second
-- number, each its own: '<^0.10' -> '< 0.10'. A ratio (1:5), a range (1-5), a grade (2+) and a second
-- number without a separator are no concentration; nothing is joined to make one.
WITH sent AS (
    SELECT DISTINCT
        k.decimal_mark,
        k.thousands,
        o.is_sn,
        o.observation_value
    FROM (
        SELECT DISTINCT
            facility,
            coalesce(value_type = 'SN', FALSE) AS is_sn,
            observation_value
        FROM raw.observation
        WHERE observation_value IS NOT NULL
    ) AS o
    INNER JOIN knowledge.facility AS k ON o.facility = k.facility
),

apart AS (
    SELECT
        *,
        if(is_sn, list_transform(string_split(observation_value, '^'), LAMBDA x: trim(x)), [])
            AS part
    FROM sent
)

SELECT
    decimal_mark,
    thousands,
    is_sn,
    observation_value,
    plain_text(
        if(is_sn, concat_ws(' ', nullif(part[1], ''), part[2]), observation_value), decimal_mark
    ) AS value_text,
    CASE
        WHEN part[3] IN (':', '/', '-') THEN 'value_is_range'
        WHEN part[3] = '+' THEN 'value_is_grade'
        WHEN part[3] <> '' THEN 'value_not_numeric'
        WHEN array_to_string(part[4:], '') <> '' THEN 'value_second_number'
        WHEN part[2] <> '' AND regexp_matches(part[1], '\d') THEN 'value_second_number'
    END AS structure_fault
FROM apart
