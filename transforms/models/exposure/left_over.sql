-- exposure.left_over: exposures that neither their sender took back nor a newer list or set replaced
-- grain: exposure_number
-- row_stopped_on: the day of the stop that a row is. line_key: what a row has in common with other sendings
-- of the same: its own identifier, or the line of its order; NULL of what stands alone.
-- view: exposure.numbered without a few rows
SELECT
    e.*,
    if(
        e.is_stop,
        coalesce(e.effective_date, if(is_filler_end(e.end_date), NULL, e.end_date), e.sent_at::DATE),
        NULL
    ) AS row_stopped_on,
    e.code IS NOT NULL OR e.name IS NOT NULL
    OR e.alternate_code IS NOT NULL OR e.alternate_name IS NOT NULL AS says_what,
    CASE
        WHEN e.record_key IS NOT NULL THEN e.record_key
        WHEN NOT e.is_dose
            THEN
                e.order_key || chr(31) || coalesce(plain_code(e.code), '')
                || chr(31) || coalesce(lower(e.name), '')
    END AS line_key
FROM exposure.numbered AS e
ANTI JOIN exposure.withdrawn AS w ON e.exposure_number = w.exposure_number
ANTI JOIN exposure.diagnosis_set AS d
    ON
        e.patient_key = d.patient_key AND source_of(e.exposure_number) = d.source_number
        AND e.message_number = d.message_number AND e.segment = 'DG1'
WHERE NOT e.is_cancelled AND e.idle_reason IS NULL AND coalesce(e.age_in_lists, 1) = 1
