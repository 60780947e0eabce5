-- lookup.result_text: the texts that came with results, each combination once
-- grain: text_number
-- A feed sends few combinations and many results: what a text means is looked up once per combination
-- and joined back by the hash of it. The value's own text is read apart (lookup.value_text).
WITH sent AS (
    SELECT DISTINCT
        text_hash(o) AS text_hash,
        facility,
        producer,
        observation_identifier,
        coding_system,
        observation_text,
        alternate_identifier,
        alternate_text,
        alternate_coding_system,
        further_identifiers,
        universal_service_identifier,
        further_services,
        value_type,
        units,
        further_units,
        references_range,
        abnormal_flags,
        observation_result_status,
        specimen_type,
        further_specimens,
        observation_type,
        message_number IS NULL AS is_delimited
    FROM raw.observation AS o
)

SELECT
    (row_number() OVER ())::INTEGER AS text_number,
    *
FROM sent
