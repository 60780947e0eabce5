-- exposure.remaining: exposures that are left after withdrawals, newer lists, stops and repeats
-- grain: exposure_number
-- Of several sendings of one record the last counts; of one line of an order too, from the first day that
-- any of them names. A stop, a hold or a replacement ends every line of its order, unless the order is
-- sent or resumed afterwards. stopped_on is the day, NULL where nothing stopped it.
SELECT
    e.exposure_number,
    e.facility,
    e.patient_key,
    e.message_number,
    e.message_at,
    e.kind,
    e.event_kind,
    e.exposure_hash,
    if(e.record_key IS NULL AND s.exposure_number IS NOT NULL, s.first_day, e.start_date) AS start_date,
    e.start_date_precision,
    e.end_date,
    e.end_date_precision,
    e.days_supply,
    e.duration_days,
    e.is_active,
    e.statements,
    e.stated_certainty,
    if(e.record_key IS NULL AND e.line_key IS NOT NULL, o.stopped_on, e.row_stopped_on) AS stopped_on
FROM exposure.left_over AS e
LEFT JOIN exposure.sending AS s ON e.exposure_number = s.exposure_number
LEFT JOIN exposure.stopped AS o
    ON e.facility = o.facility AND e.patient_key = o.patient_key AND e.order_key = o.order_key
WHERE e.says_what AND coalesce(s.is_last, TRUE)
