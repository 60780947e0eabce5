-- where a sender contradicts itself within one result: the two fields, and what they say
-- grain: facility, sender, reason_code, field_a, field_b, statement_a, statement_b
-- The two statements stand, their digits masked, where enough patients share them; all others of two fields
-- are one row. Reads feedback.sent.
WITH contradiction AS (
    SELECT
        facility,
        sender,
        patient,
        is_before,
        reason_code,
        field_a,
        field_b,
        masked_text(statement_a) AS statement_a,
        masked_text(statement_b) AS statement_b
    FROM feedback.sent
    WHERE outcome = 'unusable' AND field_a IS NOT NULL
),

pair AS (
    SELECT
        * EXCLUDE (patient, is_before),
        count(*) AS n_results
    FROM contradiction
    GROUP BY facility, sender, reason_code, field_a, field_b, statement_a, statement_b
    HAVING
        count(DISTINCT patient) >= threshold('text_min_patients')
        AND count(*) >= threshold('text_min_results')
),

counted AS (
    SELECT
        c.facility,
        c.sender,
        c.reason_code,
        c.field_a,
        p.statement_a,
        c.field_b,
        p.statement_b,
        shown_count_beyond(
            count(*) FILTER (WHERE NOT c.is_before), threshold('text_min_results')
        ) AS n,
        shown_count_beyond(count(*) FILTER (WHERE c.is_before), threshold('text_min_results'))
            AS n_before
    FROM contradiction AS c
    LEFT JOIN pair AS p
        ON
            c.facility = p.facility AND c.sender IS NOT DISTINCT FROM p.sender
            AND c.reason_code = p.reason_code AND c.field_a = p.field_a
            AND c.field_b IS NOT DISTINCT FROM p.field_b
            AND c.statement_a IS NOT DISTINCT FROM p.statement_a
            AND c.statement_b IS NOT DISTINCT FROM p.statement_b
    GROUP BY ALL
)

SELECT
    c.*,
    r.sentence,
    r.mend
FROM counted AS c
LEFT JOIN knowledge.result_reason AS r ON c.reason_code = r.reason_code
WHERE coalesce(c.n, c.n_before) IS NOT NULL
ORDER BY
    c.facility, c.sender, coalesce(c.n, 0) DESC, c.reason_code, c.field_a, c.field_b, c.statement_a,
    c.statement_b
