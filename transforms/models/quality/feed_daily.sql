-- quality.feed_daily: what each feed sent on one local day, by the time of the message
-- grain: facility, day
-- Messages are those that held a result and were not passed over; a delimited file is one message.
-- A count is hidden when it or what it leaves of its total is 1 to 4: results of all results, low
-- IgM of measured ones.
WITH threshold AS (
    SELECT max(value) AS small_count FROM knowledge.check_threshold
    WHERE threshold = 'small_count'
),

message AS (
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
        sum(n)::BIGINT AS n_results,
        coalesce(sum(n) FILTER (WHERE disposition = 'measured'), 0)::BIGINT AS n_measured,
        coalesce(sum(n) FILTER (WHERE disposition = 'unusable'), 0)::BIGINT AS n_unusable,
        sum(n_low_igm)::BIGINT AS n_low_igm
    FROM tally.result
    GROUP BY ALL
),

small AS (
    SELECT
        r.*,
        m.n_messages,
        range(1, t.small_count::BIGINT) AS hidden
    FROM result AS r
    INNER JOIN message AS m
        ON r.facility = m.facility AND r.day IS NOT DISTINCT FROM m.day
    CROSS JOIN threshold AS t
)

SELECT
    facility,
    day,
    if(n_messages IN hidden, NULL, n_messages) AS n_messages,
    if(n_results IN hidden, NULL, n_results) AS n_results,
    if(n_measured IN hidden OR n_results - n_measured IN hidden, NULL, n_measured) AS n_measured,
    if(n_unusable IN hidden OR n_results - n_unusable IN hidden, NULL, n_unusable) AS n_unusable,
    if(n_low_igm IN hidden OR n_measured - n_low_igm IN hidden, NULL, n_low_igm) AS n_low_igm
FROM small
