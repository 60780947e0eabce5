-- exposure.withdrawn: every exposure that its sender took back, and by which row
-- grain: exposure_number
-- By its own identifier, or by the number of its order; a withdrawal that names neither takes back the same
-- code of the same first day. A dose is taken back, or replaced, by an update or a deletion of a dose of
-- its order, or of the same drug, that began within a day of it. What is sent again later counts again.
WITH withdrawal AS (
    SELECT *
    FROM exposure.numbered
    WHERE is_cancelled OR (is_update AND is_dose)
)

SELECT
    e.exposure_number,
    w.exposure_number AS withdrawn_by,
    w.message_at AS withdrawn_at
FROM exposure.numbered AS e
INNER JOIN withdrawal AS w
    ON
        e.facility = w.facility AND e.patient_key = w.patient_key AND e.kind = w.kind
        AND NOT e.is_cancelled AND e.sent_at <= w.sent_at
        AND (
            w.is_cancelled
            OR (e.sent_at, e.exposure_number) < (w.sent_at, w.exposure_number)
        )
        AND CASE
            WHEN e.record_key IS NOT NULL AND w.record_key IS NOT NULL
                THEN e.record_key = w.record_key
            WHEN w.is_dose
                THEN
                    e.is_dose
                    AND coalesce(e.order_key = w.order_key, TRUE)
                    AND coalesce(e.administration_number = w.administration_number, TRUE)
                    AND coalesce(
                        plain_code(e.code) = plain_code(w.code), lower(e.name) = lower(w.name), FALSE
                    )
                    AND coalesce(abs(e.start_date - w.start_date) <= 1, TRUE)
            WHEN w.order_key IS NOT NULL
                THEN NOT e.is_dose AND coalesce(e.order_key = w.order_key, FALSE)
            -- a row of a file that says of itself that it was cancelled says it of no other of that file
            ELSE
                (e.message_number IS NOT NULL OR source_of(e.exposure_number) <> source_of(w.exposure_number))
                AND plain_code(e.code) = plain_code(w.code)
                AND e.start_date IS NOT DISTINCT FROM w.start_date
        END
QUALIFY row_number() OVER (
    PARTITION BY e.exposure_number ORDER BY w.sent_at, w.exposure_number
) = 1
