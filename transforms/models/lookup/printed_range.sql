-- lookup.printed_range: each reference range that was printed beside a value, as numbers and unit
-- grain: decimal_mark, thousands, references_range
-- '0.4-2.3', '[0.4; 2.3]', '0.4 to 2.3 g/L', '40^230', '0.4-2.3^0.4^2.3'; one end of '>= 40' or '<0.5';
-- of 'M: 0.4-2.3 F: 0.5-3.0' what either sex's holds. In unit_in_range, else in the unit of the value
-- (HL7 v2 chapter 7, OBX-7). Several bands of age, and prose, say nothing and are left out.
WITH word AS (
    SELECT
        meaning,
        '(^|[^\p{L}])(?:' || string_agg(regexp_escape(as_sent), '|' ORDER BY length(as_sent) DESC)
        || ')($|[^\p{L}])' AS pattern
    FROM knowledge.range_word
    GROUP BY meaning
),

said AS (
    SELECT
        max(pattern) FILTER (WHERE meaning = 'to') AS until,
        max(pattern) FILTER (WHERE meaning = '<') AS at_most,
        max(pattern) FILTER (WHERE meaning = '>') AS at_least,
        max(pattern) FILTER (WHERE meaning = 'F') AS female,
        max(pattern) FILTER (WHERE meaning = 'M') AS male
    FROM word
),

sent AS (
    SELECT DISTINCT
        k.decimal_mark,
        k.thousands,
        o.references_range,
        lower(plain_text(o.references_range, k.decimal_mark)) AS plain
    FROM lookup.result_text AS o
    INNER JOIN knowledge.facility AS k ON o.facility = k.facility
    WHERE o.references_range IS NOT NULL
),

-- one sign for each word; HL7 senders add the ends as components of their own, or send nothing else
shown AS (
    SELECT
        s.*,
        CASE
            WHEN regexp_matches(s.plain, '^\^?[\d.,]+\^[\d.,]+$')
                THEN replace(ltrim(s.plain, '^'), '^', '-')
            ELSE trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
                replace(replace(
                    translate(split_part(s.plain, '^', 1), '≤≦≥≧', '<<>>'), '=<', '<'
                ), '=>', '>'),
                w.at_most, '\1<\2', 'g'), w.at_least, '\1>\2', 'g'), w.female, '\1f\2', 'g'),
                w.male, '\1m\2', 'g'), w.until, '\1-\2', 'g'))
        END AS text
    FROM sent AS s
    CROSS JOIN said AS w
),

split AS (
    SELECT
        *,
        regexp_extract(
            text,
            '^(?:([fm])\s?[:=.]?\s?)?[(\[]?\s?(\d[\d.,'']*|[.,]\d+)\s?([a-zµμ%\[][^\s();,:]*)?'
            || '\s?(?:-|_|&|;|,\s|…|\.{2,3})\s?(\d[\d.,'']*|[.,]\d+)\s?([a-zµμ%\[][^\s();,:]*)?'
            || '\s?[)\]]?\s?([a-zµμ%\[][^\s();,:]*)?\s?[(\[]?([fm])?[)\]]?$',
            ['sex', 'low', 'unit_1', 'high', 'unit_2', 'unit_3', 'sex_2']
        ) AS one,
        regexp_extract(
            text,
            '^(?:([fm])\s?[:=.]?\s?)?[(\[]?\s?(\d[\d.,'']*|[.,]\d+)'
            || '\s?(?:-|_|&|;|,\s|…|\.{2,3})\s?(\d[\d.,'']*|[.,]\d+)\s?([a-zµμ%\[][^\s();,:]*)?'
            || '\s?[(\[]?([fm])?[)\]]?\s?[,;/|]?\s?'
            || '(?:([fm])\s?[:=.]?\s?)?[(\[]?\s?(\d[\d.,'']*|[.,]\d+)'
            || '\s?(?:-|_|&|;|,\s|…|\.{2,3})\s?(\d[\d.,'']*|[.,]\d+)\s?([a-zµμ%\[][^\s();,:]*)?'
            || '\s?[(\[]?([fm])?[)\]]?$',
            [
                'sex', 'low', 'high', 'unit_1', 'sex_2',
                'other_sex', 'other_low', 'other_high', 'unit_2', 'other_sex_2'
            ]
        ) AS two,
        regexp_extract(
            text,
            '^[(\[]?\s?(<|>)=?\s?(\d[\d.,'']*|[.,]\d+)\s?([a-zµμ%\[][^\s();,:]*)?'
            || '\s?[)\]]?\s?([a-zµμ%\[][^\s();,:]*)?$',
            ['sign', 'number', 'unit_1', 'unit_2']
        ) AS side
    FROM shown
),

ended AS (
    SELECT
        *,
        CASE
            WHEN one.high <> '' THEN [one.low]
            WHEN two.high <> '' THEN [two.low, two.other_low]
            WHEN side.sign = '>' THEN [side.number]
            ELSE []
        END AS lows,
        CASE
            WHEN one.high <> '' THEN [one.high]
            WHEN two.high <> '' THEN [two.high, two.other_high]
            WHEN side.sign = '<' THEN [side.number]
            ELSE []
        END AS highs,
        list_distinct(list_filter([
            one.unit_1, one.unit_2, one.unit_3, two.unit_1, two.unit_2, side.unit_1, side.unit_2
        ], LAMBDA unit: unit <> '')) AS units,
        -- two ranges that are not one of each sex are bands of age or of something unknown
        one.high <> '' OR two.high = '' OR list_sort(
            [two.sex || two.sex_2, two.other_sex || two.other_sex_2]
        ) = ['f', 'm'] AS is_one_or_of_each_sex
    FROM split
),

numbered AS (
    SELECT
        *,
        list_transform(lows, LAMBDA low: range_number(low, decimal_mark, thousands)) AS low_numbers,
        list_transform(highs, LAMBDA high: range_number(high, decimal_mark, thousands))
            AS high_numbers
    FROM ended
    WHERE is_one_or_of_each_sex AND len(units) <= 1
)

SELECT
    n.decimal_mark,
    n.thousands,
    n.references_range,
    list_min(n.low_numbers) AS range_low,
    list_max(n.high_numbers) AS range_high,
    u.unit_ucum AS unit_in_range
FROM numbered AS n
LEFT JOIN knowledge.unit_spelling AS u ON unit_spelling(n.units[1]) = u.as_sent
WHERE
    len(list_filter(n.low_numbers || n.high_numbers, LAMBDA x: x IS NULL)) = 0
    AND len(n.low_numbers || n.high_numbers) > 0
    AND (len(n.units) = 0 OR u.unit_ucum IS NOT NULL)
    AND coalesce(range_high > 0, range_low > 0)
    AND coalesce(range_low <= range_high, TRUE)
