-- result.copy: results that stand twice in one message, equal in all but the set id, and the one that counts
-- grain: result_number
-- Results of one message are never versions of each other, but the same OBX twice is one result. The
-- first counts.
WITH twice AS (
    SELECT
        request_hash,
        message_number
    FROM result.version
    WHERE message_number IS NOT NULL
    GROUP BY request_hash, message_number, source_of(result_number)
    HAVING count(*) > 1
),

alike AS (
    SELECT
        i.result_number,
        first_value(i.result_number) OVER (
            PARTITION BY
                source_of(i.result_number), i.message_number, i.identifier_number, i.person_number,
                i.text_number, i.value_number, i.order_number, i.observation_sub_id,
                i.observation_instance_id, i.specimen_id, i.collected_at, i.resulted_at, i.comment
            ORDER BY i.result_number
        ) AS copy_of
    FROM result.version AS i
    SEMI JOIN twice AS t
        ON i.request_hash = t.request_hash AND i.message_number = t.message_number
)

SELECT
    result_number,
    copy_of
FROM alike
WHERE result_number <> copy_of
