-- core.version: the versions of every result that was sent more than once, the one that counts first
-- grain: result_row
-- A result is the same result when its order, code, sub-id and place among equals of its message are
-- the same (HL7 v2 chapter 7, OBX-3 and OBX-4); the collection time is an attribute, not part of the
-- identity. A final or corrected version is never replaced by a provisional one; else the latest
-- message wins, then the later place in its file.
WITH repeated AS (
    SELECT repeat_hash FROM core.immunoglobulin GROUP BY repeat_hash HAVING count(*) > 1
),

placed AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY
                facility, source_sha256, coalesce(message_number, -position), patient_key,
                order_number, universal_service_identifier, observation_identifier,
                observation_sub_id
            ORDER BY position
        ) AS ordinal
    FROM core.immunoglobulin
    SEMI JOIN repeated USING (repeat_hash)
),

ranked AS (
    SELECT
        *,
        row_number() OVER version AS version_rank,
        first_value(result_row) OVER version AS winner_row,
        count(*) OVER (
            PARTITION BY
                facility, patient_key, observation_instance_id, order_number,
                universal_service_identifier, analyte, series, observation_sub_id, ordinal,
                specimen_without_order, time_without_order
        ) AS n_versions
    FROM (
        SELECT
            *,
            if(order_number IS NULL, concat_ws(' ', specimen_id, specimen_type), NULL)
                AS specimen_without_order,
            if(order_number IS NULL AND specimen_id IS NULL, collected_at, NULL)
                AS time_without_order
        FROM placed
    )
    WINDOW version AS (
        PARTITION BY
            facility, patient_key, observation_instance_id, order_number,
            universal_service_identifier, analyte, series, observation_sub_id, ordinal,
            specimen_without_order, time_without_order
        ORDER BY
            status IN ('provisional', 'no_value', 'unknown'), message_at DESC NULLS LAST,
            source_sha256 DESC, position DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
)

SELECT result_row, version_rank, winner_row
FROM ranked
WHERE n_versions > 1
