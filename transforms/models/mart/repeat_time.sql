-- mart.repeat_time: every repeat that came due, and how long it was until it was done, or is waited for
-- grain: patient_key, rule_id, due_on
-- From the day it was due, as today's rules read the course, to the next result of the rule's isotype after
-- which that repeat is awaited no more; a result that decides nothing leaves it open. One that was done
-- before its day was never due and has no row. Else followed until (ended_by): answered, a closing verdict
-- from the due day on; no_longer_asked, the course asks for none without a result (replacement began);
-- feed_silent, the last day on which a feed of the patient sent anything, where all are silent or closed;
-- clock. Death and moving away are not read: such a patient waits until one of these. A repeat of whose due
-- day no feed of the patient could tell any more has no row. Patients merged since are one. requested_from
-- is where the result that asks for it was itself requested (mart.requester).
WITH changed AS (
    SELECT
        patient_key,
        rule_id,
        event_number,
        event_on,
        measurement_id,
        repeat_due_on
    FROM flag.step
    QUALIFY repeat_due_on IS DISTINCT FROM lag(repeat_due_on) OVER (
        PARTITION BY patient_key, rule_id ORDER BY event_number
    )
),

awaited AS (
    SELECT
        patient_key,
        rule_id,
        measurement_id AS asked_by,
        repeat_due_on AS due_on,
        lead(event_on) OVER course AS changed_on,
        lead(measurement_id) OVER course AS changed_by
    FROM changed
    WINDOW course AS (PARTITION BY patient_key, rule_id ORDER BY event_number)
),

due AS (
    SELECT
        a.patient_key,
        a.rule_id,
        a.asked_by,
        a.due_on,
        a.changed_by AS repeat_measurement_id,
        if(a.changed_by IS NOT NULL, a.changed_on, NULL) AS repeated_on,
        if(a.changed_by IS NULL AND a.changed_on < c.as_of, a.changed_on, NULL) AS unasked_on
    FROM awaited AS a
    CROSS JOIN run.clock AS c
    WHERE a.due_on <= c.as_of AND coalesce(a.changed_on >= a.due_on, TRUE)
),

answered AS (
    SELECT
        d.patient_key,
        d.rule_id,
        d.due_on,
        min(v.reviewed_at)::DATE AS answered_on
    FROM due AS d
    INNER JOIN flag.sent_verdict AS v
        ON
            d.patient_key = v.patient_key AND d.rule_id = v.rule_id
            AND d.due_on <= v.reviewed_at::DATE
    INNER JOIN knowledge.verdict AS k ON v.verdict = k.verdict AND k.is_closing
    GROUP BY d.patient_key, d.rule_id, d.due_on
),

-- a patient is seen as long as one of the feeds that measured it speaks
silent AS (
    SELECT
        m.patient_key,
        max(l.last_message_on) AS silent_from
    FROM core.measurement AS m
    INNER JOIN mart.last_message AS l ON m.facility = l.facility
    CROSS JOIN run.clock AS c
    GROUP BY m.patient_key, c.as_of
    HAVING date_diff('day', max(l.last_message_on), c.as_of) >= threshold('silent_days')
),

followed AS (
    SELECT
        d.*,
        a.answered_on,
        s.silent_from,
        c.as_of,
        coalesce(
            least(d.repeated_on, a.answered_on, d.unasked_on), s.silent_from, c.as_of
        ) AS ended_on
    FROM due AS d
    CROSS JOIN run.clock AS c
    LEFT JOIN answered AS a
        ON d.patient_key = a.patient_key AND d.rule_id = a.rule_id AND d.due_on = a.due_on
    LEFT JOIN silent AS s ON d.patient_key = s.patient_key
)

SELECT
    f.patient_key,
    p.patient_id,
    p.assigning_authority,
    coalesce(m.facility, p.facility) AS facility,
    k.clinic,
    f.rule_id,
    age_band(p.birth_date, f.due_on) AS age_band,
    q.requested_from,
    f.asked_by AS measurement_id,
    f.due_on,
    if(f.repeated_on <= f.ended_on, f.repeated_on, NULL) AS repeated_on,
    if(f.repeated_on <= f.ended_on, f.repeat_measurement_id, NULL) AS repeat_measurement_id,
    f.ended_on,
    CASE
        WHEN f.repeated_on <= f.ended_on THEN 'repeat'
        WHEN f.answered_on <= f.ended_on THEN 'answered'
        WHEN f.unasked_on <= f.ended_on THEN 'no_longer_asked'
        WHEN f.silent_from <= f.ended_on THEN 'feed_silent'
        ELSE 'clock'
    END AS ended_by,
    date_diff('day', f.due_on, f.ended_on)::INTEGER AS days,
    ended_by = 'repeat' AS is_done,
    f.as_of
FROM followed AS f
LEFT JOIN core.patient AS p ON f.patient_key = p.patient_key
LEFT JOIN core.measurement AS m ON f.asked_by = m.measurement_id
LEFT JOIN mart.requester AS q ON f.asked_by = q.measurement_id
LEFT JOIN knowledge.facility AS k ON coalesce(m.facility, p.facility) = k.facility
WHERE f.ended_on >= f.due_on
