-- exposure.diagnosis_set: messages whose diagnoses a later message of the same encounter replaced
-- grain: patient_key, source_number, message_number
-- HL7 v2 chapters 3 and 6: DG1 without an action code are sent as a snapshot, so those of an A08 replace
-- those of the A01. A visit without a number goes from one admission or registration to the next. What
-- names its diagnoses (DG1-20) or says what is to be done with each (DG1-21) is no snapshot.
WITH message AS (
    SELECT
        e.facility,
        e.patient_key,
        source_of(e.exposure_number) AS source_number,
        e.message_number,
        any_value(e.event) AS event,
        any_value(e.encounter_number) AS encounter_number,
        any_value(e.sent_at) AS sent_at
    FROM exposure.as_sent AS e
    CROSS JOIN run.clock AS c
    WHERE
        e.segment = 'DG1' AND e.event IS NOT NULL
        AND coalesce(e.message_at::DATE <= c.as_of, TRUE)
    GROUP BY e.facility, e.patient_key, source_number, e.message_number
    HAVING
        NOT coalesce(bool_or(contains(e.statements, 'DG1-21 ')), FALSE)
        AND count(e.record_id) = 0
),

placed AS (
    SELECT
        *,
        coalesce(
            encounter_number,
            'visit ' || count(*) FILTER (WHERE event IN ('A01', 'A04', 'A05', 'A28', 'P01')) OVER (
                PARTITION BY facility, patient_key ORDER BY sent_at, source_number, message_number
            )
        ) AS encounter
    FROM message
)

SELECT
    patient_key,
    source_number,
    message_number
FROM placed
QUALIFY row_number() OVER (
    PARTITION BY facility, patient_key, encounter
    ORDER BY sent_at DESC, source_number DESC, message_number DESC
) > 1
