-- exposure.numbered: exposures sent by the clock, each with what its sender knows it by
-- grain: exposure_number
-- record_key: a diagnosis', procedure's or row's own identifier; of a problem without one its code.
-- order_key: the order it is a line of. A dose that was given is no line of its order: it is a fact, which
-- only an update or a deletion of itself undoes.
-- view: exposure.as_sent with two keys
SELECT
    e.*,
    coalesce(e.event_kind = 'administered' AND e.kind = 'medication', FALSE) AS is_dose,
    CASE
        WHEN e.record_id IS NOT NULL THEN 'id ' || e.record_id
        WHEN e.segment = 'PRB' THEN 'code ' || coalesce(e.code, e.name)
    END AS record_key,
    coalesce(o.order_key, order_key(e.placer_order_number, e.placer_namespace)) AS order_key
FROM exposure.as_sent AS e
LEFT JOIN exposure.order_number AS o ON e.exposure_number = o.exposure_number
