-- core.repeated_result: results that may be versions of each other, with what tells them apart
-- grain: result_row
-- A result is the same result when its order, code, sub-id and place among equals of its message are
-- the same (HL7 v2 chapter 7, OBX-3 and OBX-4); the collection time is an attribute, not part of the
-- identity. What one way of sending leaves out (a CSV has no OBX-4) does not make it another result.
WITH repeated AS (
    SELECT facility, patient_key, analyte, series, order_number
    FROM core.immunoglobulin
    GROUP BY ALL
    HAVING count(*) > 1
),

placed AS (
    SELECT
        result_row, status, is_identity_held, message_at, source_sha256, position,
        collected_at, observation_value, units,
        universal_service_identifier AS service,
        observation_sub_id AS sub_id,
        observation_instance_id AS instance_id,
        {
            'facility': facility, 'patient': patient_key, 'analyte': analyte, 'series': series,
            'order': order_number,
            'specimen': if(order_number IS NULL, concat_ws(' ', specimen_id, specimen_type), NULL),
            'time': if(order_number IS NULL AND specimen_id IS NULL, collected_at, NULL)
        } AS asked,
        row_number() OVER (
            PARTITION BY
                facility, source_sha256, coalesce(message_number, -position), patient_key,
                order_number, universal_service_identifier, analyte, series, observation_sub_id
            ORDER BY position
        ) AS ordinal
    FROM core.immunoglobulin AS i
    SEMI JOIN repeated AS r
        ON
            i.facility = r.facility AND i.patient_key = r.patient_key AND i.analyte = r.analyte
            AND i.series = r.series AND i.order_number IS NOT DISTINCT FROM r.order_number
)

SELECT
    * EXCLUDE (service, sub_id, instance_id),
    coalesce(service, if(min(service) OVER same = max(service) OVER same, min(service) OVER same, NULL))
        AS service,
    coalesce(sub_id, if(min(sub_id) OVER same = max(sub_id) OVER same, min(sub_id) OVER same, NULL))
        AS sub_id,
    coalesce(
        instance_id,
        if(min(instance_id) OVER same = max(instance_id) OVER same, min(instance_id) OVER same, NULL)
    ) AS instance_id
FROM placed
WINDOW same AS (PARTITION BY asked, ordinal)
