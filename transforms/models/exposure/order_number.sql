-- exposure.order_number: the order that each exposure which names one belongs to
-- grain: facility, source_sha256, position
-- HL7 v2 chapter 4: the placer's and the filler's number, each with its namespace, name one order; a stop
-- may name either. A number without a namespace is that of the only namespace it is sent with.
WITH numbered AS (
    SELECT
        facility,
        source_sha256,
        position,
        patient_key,
        order_key(
            placer_order_number,
            coalesce(
                placer_namespace,
                only_value(placer_namespace, (facility, patient_key, placer_order_number))
            )
        ) AS placer,
        order_key(
            filler_order_number,
            coalesce(
                filler_namespace,
                only_value(filler_namespace, (facility, patient_key, filler_order_number))
            )
        ) AS filler
    FROM exposure.as_sent
    WHERE placer_order_number IS NOT NULL OR filler_order_number IS NOT NULL
),

linked AS (
    SELECT
        facility,
        patient_key,
        filler,
        min(placer) AS placer
    FROM numbered
    WHERE placer IS NOT NULL AND filler IS NOT NULL
    GROUP BY facility, patient_key, filler
)

SELECT
    n.facility,
    n.source_sha256,
    n.position,
    coalesce(n.placer, l.placer, n.filler) AS order_key
FROM numbered AS n
LEFT JOIN linked AS l
    ON n.facility = l.facility AND n.patient_key = l.patient_key AND n.filler = l.filler
