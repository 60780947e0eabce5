-- mart.patient_timeline: what happened to each flagged patient, in order of time
-- grain: none (two things may happen to a patient at one time)
WITH state AS (
    SELECT
        s.patient_key,
        coalesce(m.collected_at, s.event_on::TIMESTAMP) AS occurred_at,
        'state' AS kind,
        s.rule_id,
        s.status_after || ': ' || s.reason AS detail,
        s.measurement_id
    FROM flag.step AS s
    LEFT JOIN core.measurement AS m ON s.measurement_id = m.measurement_id
    QUALIFY s.status_after IS DISTINCT FROM lag(s.status_after, 1, 'no_evidence') OVER (
        PARTITION BY s.patient_key, s.rule_id ORDER BY s.event_number
    )
),

exposure AS (
    SELECT DISTINCT
        e.patient_key,
        e.start_date,
        -- nothing happens on the day of a limit
        if(e.end_known_by IN ('limit', 'filler'), NULL, e.end_date) AS end_date,
        concat_ws(' ', e.name, e.code) AS detail
    FROM core.exposure AS e
    WHERE e.exposure_id IS NOT NULL AND e.effect IS DISTINCT FROM 'unrecognised_drug'
),

happened AS (
    SELECT
        patient_key,
        collected_at AS occurred_at,
        'result' AS kind,
        NULL AS rule_id,
        analyte,
        value_source_value,
        unit_source_value,
        value_g_per_l,
        class,
        comment AS detail,
        measurement_id
    FROM core.measurement
    UNION ALL BY NAME
    SELECT * FROM state
    UNION ALL BY NAME
    SELECT
        patient_key,
        start_date::TIMESTAMP AS occurred_at,
        'exposure_start' AS kind,
        detail
    FROM exposure
    WHERE start_date IS NOT NULL
    UNION ALL BY NAME
    SELECT
        e.patient_key,
        e.end_date::TIMESTAMP AS occurred_at,
        'exposure_end' AS kind,
        e.detail
    FROM exposure AS e
    CROSS JOIN run.clock AS c
    WHERE e.end_date <= c.as_of
    UNION ALL BY NAME
    SELECT
        patient_key,
        reviewed_at AS occurred_at,
        'review' AS kind,
        rule_id,
        verdict AS detail
    FROM flag.sent_verdict
)

SELECT
    patient_key,
    occurred_at,
    kind,
    rule_id,
    analyte,
    value_source_value,
    unit_source_value,
    value_g_per_l,
    class,
    detail,
    measurement_id
FROM happened
SEMI JOIN flag.patient_flag USING (patient_key)
