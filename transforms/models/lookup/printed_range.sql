-- lookup.printed_range: each reference range that was printed beside a value, as two numbers
-- grain: decimal_mark, references_range
-- '0.4-2.3', '[ 0.4 - 2.3 ]', '0.4 to 2.3', '0.4-2.3^0.4^2.3'; in the unit of the value (HL7 v2
-- chapter 7, OBX-7).
-- One-sided ranges and prose say nothing about the unit and are left out.
WITH sent AS (
    SELECT DISTINCT
        k.decimal_mark,
        o.references_range
    FROM lookup.result_text AS o
    INNER JOIN knowledge.facility AS k ON o.facility = k.facility
    WHERE o.references_range IS NOT NULL
),

split AS (
    SELECT
        *,
        regexp_extract(
            if(decimal_mark = ',', replace(references_range, ',', '.'), references_range),
            '^[\[\(]?\s*(\d+\.?\d*|\.\d+)\s*(?:-|–|to|_|&)\s*(\d+\.?\d*|\.\d+)\s*[\]\)]?(?:\^.*)?$',
            ['low', 'high']
        ) AS part
    FROM sent
)

SELECT
    decimal_mark,
    references_range,
    part.low::DOUBLE AS range_low,
    part.high::DOUBLE AS range_high
FROM split
WHERE part.high <> '' AND part.high::DOUBLE > 0
