-- exposure.stopped: each order that was stopped, held or replaced, and not sent or resumed afterwards
-- grain: facility, patient_key, order_key
WITH stop AS (
    SELECT
        facility,
        patient_key,
        order_key,
        sent_at,
        row_stopped_on
    FROM exposure.left_over
    WHERE order_key IS NOT NULL AND is_stop
),

activation AS (
    SELECT
        e.facility,
        e.patient_key,
        e.order_key,
        max(e.sent_at) AS activated_at
    FROM exposure.left_over AS e
    SEMI JOIN stop AS s
        ON e.facility = s.facility AND e.patient_key = s.patient_key AND e.order_key = s.order_key
    WHERE NOT e.is_dose AND NOT e.is_stop AND e.is_active
    GROUP BY e.facility, e.patient_key, e.order_key
)

SELECT
    s.facility,
    s.patient_key,
    s.order_key,
    min(s.row_stopped_on) AS stopped_on
FROM stop AS s
LEFT JOIN activation AS a
    ON s.facility = a.facility AND s.patient_key = a.patient_key AND s.order_key = a.order_key
WHERE coalesce(s.sent_at >= a.activated_at, TRUE)
GROUP BY s.facility, s.patient_key, s.order_key
