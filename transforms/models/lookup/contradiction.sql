-- lookup.contradiction: texts in which a sender contradicts itself, with the two statements
-- grain: text_number
-- Of several contradictions the first in the order test, specimen, unit, flag; fields are named as the
-- sender names them: HL7's, or the column of a delimited file.
WITH pair AS (
    SELECT
        a.text_number,
        list_position(['test', 'specimen', 'unit', 'flag'], a.topic) AS rank,
        a.statement AS statement_a,
        a.field AS field_a,
        b.statement AS statement_b,
        b.field AS field_b
    FROM lookup.statement AS a
    INNER JOIN lookup.statement AS b
        ON
            a.text_number = b.text_number AND a.topic = b.topic
            AND (a.field, a.statement) < (b.field, b.statement)
    WHERE NOT list_has_any(a.says, b.says)
    QUALIFY row_number() OVER (
        PARTITION BY a.text_number
        ORDER BY rank, a.field, b.field, a.statement, b.statement
    ) = 1
)

SELECT
    p.text_number,
    ['code_and_name_disagree', 'specimens_disagree', 'units_disagree', 'flags_disagree'][p.rank]
        AS reason_code,
    p.statement_a,
    if(t.is_delimited, coalesce(a.canonical, p.field_a), p.field_a) AS field_a,
    p.statement_b,
    if(t.is_delimited, coalesce(b.canonical, p.field_b), p.field_b) AS field_b
FROM pair AS p
INNER JOIN lookup.result_text AS t ON p.text_number = t.text_number
LEFT JOIN knowledge.field_name AS a ON p.field_a = a.field
LEFT JOIN knowledge.field_name AS b ON p.field_b = b.field
