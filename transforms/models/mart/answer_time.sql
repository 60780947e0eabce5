-- mart.answer_time: every flag that asked for a word of the clinic, and how long it was until it came
-- grain: patient_key, rule_id, wait
-- wait = verdict: from the night that first published the flag as persistent or definite to the first verdict
-- from then on; "seen" is none. Else followed until the flag left those states (left_state), or the clock.
-- wait = seen: from the night that first published an urgent patient to the first word of a person on any of
-- its rules, "seen" or a verdict; rule_id is *. A child whose urgency has ended without one has no row:
-- mart.urgent holds who is urgent now.
WITH published AS (
    SELECT DISTINCT
        run_id,
        seq
    FROM run.published_status
),

stay AS (
    SELECT
        t.patient_key,
        t.rule_id,
        t.as_of,
        t.to_status IN ('persistent', 'definite_pattern') AS is_asking,
        row_number() OVER (
            PARTITION BY t.patient_key, t.rule_id
            ORDER BY s.seq ASC NULLS LAST, t.patient_id DESC, t.assigning_authority DESC
        ) AS place
    FROM flag.transition AS t
    LEFT JOIN published AS s ON t.published_run_id = s.run_id
),

began AS (
    SELECT
        patient_key,
        rule_id,
        min(place) AS place,
        arg_min(as_of, place) AS asked_on
    FROM stay
    WHERE is_asking
    GROUP BY patient_key, rule_id
),

asking AS (
    SELECT
        b.patient_key,
        b.rule_id,
        b.asked_on,
        arg_min(s.as_of, s.place) AS left_on
    FROM began AS b
    LEFT JOIN stay AS s
        ON
            b.patient_key = s.patient_key AND b.rule_id = s.rule_id
            AND b.place < s.place AND NOT s.is_asking
    GROUP BY b.patient_key, b.rule_id, b.asked_on
),

asked AS (
    SELECT
        'verdict' AS wait,
        a.patient_key,
        a.rule_id,
        coalesce(f.facility, p.facility) AS facility,
        a.asked_on,
        a.left_on
    FROM asking AS a
    LEFT JOIN flag.patient_flag AS f ON a.patient_key = f.patient_key AND a.rule_id = f.rule_id
    LEFT JOIN core.patient AS p ON a.patient_key = p.patient_key
    UNION ALL
    SELECT
        'seen' AS wait,
        patient_key,
        '*' AS rule_id,
        facility,
        published_on AS asked_on,
        NULL AS left_on
    FROM mart.urgent
),

told AS (
    SELECT
        a.wait,
        a.patient_key,
        a.rule_id,
        min(v.reviewed_at)::DATE AS answered_on
    FROM asked AS a
    INNER JOIN flag.sent_verdict AS v
        ON
            a.patient_key = v.patient_key AND a.rule_id IN (v.rule_id, '*')
            AND a.asked_on <= v.reviewed_at::DATE
    INNER JOIN knowledge.verdict AS k ON v.verdict = k.verdict
    WHERE a.wait = 'seen' OR k.counts_as IS NOT NULL
    GROUP BY a.wait, a.patient_key, a.rule_id
),

followed AS (
    SELECT
        a.*,
        c.as_of,
        t.answered_on,
        coalesce(t.answered_on <= coalesce(a.left_on, c.as_of), FALSE) AS is_done,
        if(is_done, t.answered_on, coalesce(a.left_on, c.as_of)) AS ended_on
    FROM asked AS a
    CROSS JOIN run.clock AS c
    LEFT JOIN told AS t
        ON a.wait = t.wait AND a.patient_key = t.patient_key AND a.rule_id = t.rule_id
)

SELECT
    f.patient_key,
    p.patient_id,
    p.assigning_authority,
    f.facility,
    k.clinic,
    f.rule_id,
    f.wait,
    age_band(p.birth_date, f.asked_on) AS age_band,
    f.asked_on,
    f.ended_on,
    CASE
        WHEN f.is_done THEN 'answered'
        WHEN f.left_on IS NOT NULL THEN 'left_state'
        ELSE 'clock'
    END AS ended_by,
    date_diff('day', f.asked_on, f.ended_on)::INTEGER AS days,
    f.is_done,
    f.as_of
FROM followed AS f
LEFT JOIN core.patient AS p ON f.patient_key = p.patient_key
LEFT JOIN knowledge.facility AS k ON f.facility = k.facility
WHERE f.ended_on >= f.asked_on
