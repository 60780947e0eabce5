-- how much each sender sent in the month and in the one before, and where its results ended
-- grain: facility, sender, what
-- What was sent is the sum of the shown outcomes: a sum of its own would give away what they hide.
WITH outcome AS (
    SELECT
        facility,
        sender,
        outcome AS what,
        shown_count(count(*) FILTER (WHERE NOT is_before)) AS n,
        shown_count(count(*) FILTER (WHERE is_before)) AS n_before
    FROM feedback.sent
    GROUP BY facility, sender, outcome
),

sent AS (
    SELECT
        facility,
        sender,
        'sent' AS what,
        sum(n)::BIGINT AS n,
        sum(n_before)::BIGINT AS n_before
    FROM outcome
    GROUP BY facility, sender
),

person AS (
    SELECT
        facility,
        sender,
        'patient' AS what,
        shown_count(count(DISTINCT patient) FILTER (WHERE NOT is_before)) AS n,
        shown_count(count(DISTINCT patient) FILTER (WHERE is_before)) AS n_before
    FROM feedback.sent
    GROUP BY facility, sender
),

message AS (
    SELECT
        facility,
        sender,
        'message' AS what,
        shown_count(
            count(DISTINCT hash(source_sha256, message_number)) FILTER (WHERE NOT is_before)
        ) AS n,
        shown_count(
            count(DISTINCT hash(source_sha256, message_number)) FILTER (WHERE is_before)
        ) AS n_before
    FROM feedback.sent
    WHERE message_number IS NOT NULL
    GROUP BY facility, sender
)

FROM message
UNION ALL
FROM person
UNION ALL
FROM sent
UNION ALL
FROM outcome
ORDER BY
    facility, sender,
    list_position(
        [
            'message', 'patient', 'sent', 'measured', 'superseded', 'not_immunoglobulin', 'unusable',
            'not_published'
        ],
        what
    )
