-- quality.feed_daily: what each feed sent on one local day, by the time of the message
-- grain: facility, day
-- Messages are those with a result and were not passed over; a delimited file is one message.
-- A day of few or no results has no row.
WITH message AS (
    SELECT
        facility,
        message_at::DATE AS day,
        -- hashed: three times as fast as the distinct pairs, and as good as exact
        count(DISTINCT hash(source_sha256, message_number)) AS n_messages
    FROM raw.observation
    GROUP BY ALL
),

result AS (
    SELECT
        facility,
        day,
        sum(n_results)::BIGINT AS n_results,
        coalesce(sum(n_results) FILTER (WHERE disposition = 'measured'), 0)::BIGINT AS n_measured,
        coalesce(sum(n_results) FILTER (WHERE disposition = 'unusable'), 0)::BIGINT AS n_unusable,
        sum(n_low_igm)::BIGINT AS n_low_igm
    FROM tally.result
    GROUP BY ALL
),

counted AS (
    SELECT
        r.*,
        m.n_messages
    FROM result AS r
    INNER JOIN message AS m
        ON r.facility = m.facility AND r.day IS NOT DISTINCT FROM m.day
)

SELECT
    facility,
    day,
    shown_count(n_messages) AS n_messages,
    shown_count(n_results) AS n_results,
    shown_count(n_measured) AS n_measured,
    shown_count(n_unusable) AS n_unusable,
    shown_count(n_low_igm) AS n_low_igm
FROM counted
WHERE shown_count(n_results) IS NOT NULL
