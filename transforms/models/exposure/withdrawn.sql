-- exposure.withdrawn: every exposure that its sender took back, and by which row
-- grain: facility, source_sha256, position
-- By the number of the order (or the identifier of the diagnosis); a withdrawal that names none
-- takes back the same code of the same first day. What is sent again later counts again.
SELECT
    e.facility,
    e.source_sha256,
    e.position,
    e.patient_key,
    w.source_sha256 AS withdrawn_by_sha256,
    w.position AS withdrawn_by_position,
    w.message_at AS withdrawn_at
FROM exposure.as_sent AS e
INNER JOIN exposure.as_sent AS w
    ON
        e.facility = w.facility AND e.patient_key = w.patient_key AND e.kind = w.kind
        AND w.order_status = 'withdrawn' AND e.order_status IS DISTINCT FROM 'withdrawn'
        AND e.sent_at <= w.sent_at
        AND (
            e.order_number = w.order_number
            OR (
                w.order_number IS NULL AND e.code_without_dots = w.code_without_dots
                AND e.start_date IS NOT DISTINCT FROM w.start_date
            )
        )
QUALIFY row_number() OVER (
    PARTITION BY e.facility, e.source_sha256, e.position
    ORDER BY w.sent_at, w.source_sha256, w.position
) = 1
