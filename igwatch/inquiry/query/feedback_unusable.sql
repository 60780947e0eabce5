-- why results of the month cannot be used, by the field to look at and the shape of the value
-- grain: facility, sender, reason_code, value_shape
-- A shape (9 for a digit, a for a letter) stands where enough patients share it; all others of a reason are
-- one row. is_delimited: the field is the name of the canonical column. Reads feedback.sent.
WITH unusable AS (
    SELECT
        facility,
        sender,
        reason_code,
        value_shape,
        patient,
        is_before,
        message_number IS NULL AS is_delimited
    FROM feedback.sent
    WHERE outcome = 'unusable'
),

shape AS (
    SELECT
        facility,
        sender,
        reason_code,
        value_shape
    FROM unusable
    GROUP BY facility, sender, reason_code, value_shape
    HAVING
        count(DISTINCT patient) >= threshold('text_min_patients')
        AND count(*) >= threshold('text_min_results')
),

counted AS (
    SELECT
        u.facility,
        u.sender,
        u.reason_code,
        s.value_shape,
        bool_or(u.is_delimited) AS is_delimited,
        shown_count_beyond(
            count(*) FILTER (WHERE NOT u.is_before), threshold('text_min_results')
        ) AS n,
        shown_count_beyond(count(*) FILTER (WHERE u.is_before), threshold('text_min_results'))
            AS n_before
    FROM unusable AS u
    LEFT JOIN shape AS s
        ON
            u.facility = s.facility AND u.sender IS NOT DISTINCT FROM s.sender
            AND u.reason_code = s.reason_code AND u.value_shape = s.value_shape
    GROUP BY u.facility, u.sender, u.reason_code, s.value_shape
)

SELECT
    c.facility,
    c.sender,
    c.reason_code,
    if(c.is_delimited, f.canonical, f.hl7_field) AS field,
    c.value_shape,
    c.n,
    c.n_before,
    r.sentence,
    r.mend
FROM counted AS c
LEFT JOIN knowledge.result_reason AS r ON c.reason_code = r.reason_code
LEFT JOIN knowledge.canary_loss AS f ON c.reason_code = f.reason_code
WHERE coalesce(c.n, c.n_before) IS NOT NULL
ORDER BY c.facility, c.sender, coalesce(c.n, 0) DESC, c.reason_code, c.value_shape
