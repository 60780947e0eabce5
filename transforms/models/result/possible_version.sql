-- result.possible_version: results that may be versions of each other, with what tells them apart
-- grain: result_number
-- A result is the same result when its order, code, sub-id and place among equals of its message are
-- the same (HL7 v2 chapter 7, OBX-3 and OBX-4); the collection time is an attribute, not part of the
-- identity. What one way of sending leaves out (a CSV has no OBX-4) does not make it another result.
WITH repeated AS (
    SELECT request_hash
    FROM result.version
    GROUP BY request_hash
    HAVING count(*) > 1
),

placed AS (
    SELECT
        i.result_number,
        f.status,
        coalesce(i.reason_code = 'patient_identity_held', FALSE) AS is_identity_held,
        i.message_at,
        source_of(i.result_number) AS source_number,
        i.collected_at,
        v.observation_value,
        f.units,
        f.universal_service_identifier AS service,
        i.observation_sub_id AS sub_id,
        i.observation_instance_id AS instance_id,
        {
            'facility': f.facility, 'person': i.person_number, 'analyte': f.analyte,
            'series': f.series, 'order': i.order_number,
            'specimen': if(
                i.order_number IS NULL, concat_ws(' ', i.specimen_id, f.specimen_type), NULL
            ),
            'time': if(i.order_number IS NULL AND i.specimen_id IS NULL, i.collected_at, NULL)
        } AS request,
        row_number() OVER (
            PARTITION BY
                source_of(i.result_number), coalesce(i.message_number, -i.result_number),
                i.person_number, i.order_number, f.universal_service_identifier, f.analyte, f.series,
                i.observation_sub_id
            ORDER BY i.result_number
        ) AS ordinal
    FROM result.version AS i
    SEMI JOIN repeated AS r ON i.request_hash = r.request_hash
    ANTI JOIN result.copy AS c ON i.result_number = c.result_number
    LEFT JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
    LEFT JOIN lookup.value_text AS v ON i.value_number = v.value_number
)

SELECT
    * EXCLUDE (service, sub_id, instance_id),
    coalesce(service, only_value(service, { 'request': request, 'ordinal': ordinal })) AS service,
    coalesce(sub_id, only_value(sub_id, { 'request': request, 'ordinal': ordinal })) AS sub_id,
    coalesce(instance_id, only_value(instance_id, { 'request': request, 'ordinal': ordinal }))
        AS instance_id
FROM placed
