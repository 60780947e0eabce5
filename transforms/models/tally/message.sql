-- tally.message: the last message of a source file that gave any row, and those refused
-- grain: facility, source_sha256
-- A message is refused when something of it was and nothing of it reached any table. Internal.
WITH read_message AS (
    SELECT
        facility,
        source_sha256,
        message_number
    FROM raw.observation
    UNION ALL
    SELECT
        facility,
        source_sha256,
        message_number
    FROM raw.order_withdrawal
    UNION ALL
    SELECT
        facility,
        source_sha256,
        message_number
    FROM raw.patient
    UNION ALL
    SELECT
        facility,
        source_sha256,
        message_number
    FROM raw.merge
    UNION ALL
    SELECT
        facility,
        source_sha256,
        message_number
    FROM raw.exposure
),

last_message AS (
    SELECT
        facility,
        source_sha256,
        max(message_number) AS last_message_number
    FROM read_message
    GROUP BY facility, source_sha256
),

refused AS (
    SELECT DISTINCT
        facility,
        source_sha256,
        message_number
    FROM raw.reject
    WHERE level = 'message' AND message_number IS NOT NULL
),

refused_message AS (
    SELECT
        r.facility,
        r.source_sha256,
        count(*) AS n_messages_refused
    FROM refused AS r
    ANTI JOIN read_message AS m
        ON
            r.facility = m.facility AND r.source_sha256 = m.source_sha256
            AND r.message_number = m.message_number
    GROUP BY r.facility, r.source_sha256
)

SELECT
    f.facility,
    f.source_sha256,
    l.last_message_number,
    m.n_messages_refused
FROM raw.source_file AS f
LEFT JOIN last_message AS l USING (facility, source_sha256)
LEFT JOIN refused_message AS m USING (facility, source_sha256)
