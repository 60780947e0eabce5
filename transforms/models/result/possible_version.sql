-- result.possible_version: results that may be versions of each other, and which result each is of
-- grain: result_number
-- A result is known by its request, its specimen or day of collection, order code, sub-id, instance and
-- place among equals of its message (docs/decisions/0068). `result` and `statement` are the first number
-- of the rows of one result, and of one OBX: what repeats in an OBX is said, and replaced, as a whole.
-- What one way of sending leaves out (a CSV has no OBX-4) does not make it another result.
WITH sent AS (
    SELECT
        i.*,
        source_of(i.result_number) AS source_number,
        -- a row of a delimited file is a message of its own
        coalesce(i.message_number, -i.result_number) AS message,
        coalesce(i.line_number, i.result_number) AS line,
        f.universal_service_identifier,
        f.units,
        r.request,
        if(q.result_number IS NOT NULL, 'final', f.status) AS status,
        v.observation_value,
        if(f.status IN ('corrected', 'retracted'), 1, 0) AS is_correcting
    FROM result.version AS i
    INNER JOIN result.request AS r ON i.result_number = r.result_number
    ANTI JOIN result.copy AS c ON i.result_number = c.result_number
    LEFT JOIN result.confirmed AS q ON i.result_number = q.result_number
    LEFT JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
    LEFT JOIN lookup.value_text AS v ON i.value_number = v.value_number
),

specimen AS (
    SELECT
        *,
        coalesce(
            specimen_id,
            only_value(specimen_id, { 'request': request, 'day': collected_at::DATE })
        ) AS specimen,
        collected_at::DATE AS collected_on
    FROM sent
),

-- a day that a correction opened is the day of what it corrects, put right
opened AS (
    SELECT
        *,
        collected_on IS NULL OR arg_min(is_correcting, {
            'at': coalesce(
                message_at_utc,
                if(is_correcting = 1, 'infinity'::TIMESTAMP, '-infinity'::TIMESTAMP)
            ),
            'is_correcting': is_correcting
        }) OVER (PARTITION BY request, specimen, collected_on) = 1 AS is_opened_by_correction
    FROM specimen
),

dated AS (
    SELECT
        *,
        if(
            is_opened_by_correction,
            coalesce(
                only_value(
                    if(is_opened_by_correction, NULL, collected_on),
                    { 'request': request, 'specimen': specimen }
                ),
                collected_on
            ),
            collected_on
        ) AS day
    FROM opened
),

placed AS (
    SELECT
        *,
        dense_rank() OVER (
            PARTITION BY
                source_number, message, request, specimen, day, universal_service_identifier,
                observation_sub_id, observation_instance_id
            ORDER BY line
        ) AS ordinal,
        min(coalesce(universal_service_identifier, '')) OVER in_message
        <> max(coalesce(universal_service_identifier, '')) OVER in_message AS has_services,
        min(coalesce(observation_sub_id, '')) OVER in_message
        <> max(coalesce(observation_sub_id, '')) OVER in_message AS has_sub_ids,
        min(coalesce(observation_instance_id, '')) OVER in_message
        <> max(coalesce(observation_instance_id, '')) OVER in_message AS has_instances
    FROM dated
    WINDOW in_message AS (PARTITION BY source_number, message, request, specimen, day)
),

-- what tells results of one message apart is never filled in: they are not versions of each other
filled AS (
    SELECT
        *,
        coalesce(
            universal_service_identifier,
            if(
                bool_or(has_services) OVER collection, NULL,
                only_value(universal_service_identifier, {
                    'request': request, 'specimen': specimen, 'day': day, 'ordinal': ordinal
                })
            )
        ) AS service,
        coalesce(
            observation_sub_id,
            if(
                bool_or(has_sub_ids) OVER collection, NULL,
                only_value(observation_sub_id, {
                    'request': request, 'specimen': specimen, 'day': day, 'ordinal': ordinal
                })
            )
        ) AS sub_id,
        coalesce(
            observation_instance_id,
            if(
                bool_or(has_instances) OVER collection, NULL,
                only_value(observation_instance_id, {
                    'request': request, 'specimen': specimen, 'day': day, 'ordinal': ordinal
                })
            )
        ) AS instance_id
    FROM placed
    WINDOW collection AS (PARTITION BY request, specimen, day)
),

known AS (
    SELECT
        *,
        min(result_number) OVER (
            PARTITION BY request, specimen, day, service, sub_id, instance_id, ordinal
        ) AS result
    FROM filled
)

SELECT
    result_number,
    result,
    min(result_number) OVER (PARTITION BY result, source_number, message, line) AS statement,
    source_number,
    message_at_utc,
    message_at_span_seconds,
    collected_at,
    status,
    observation_value,
    units,
    value_comparator,
    value_normalised,
    unit_ucum,
    coalesce(reason_code = 'patient_identity_held', FALSE) AS is_identity_held,
    -- the rows of a delimited file that say no time of their own stand in no order
    message_number IS NOT NULL OR resulted_at IS NOT NULL AS is_in_order
FROM known
