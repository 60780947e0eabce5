-- mart.urgent: every patient with an urgent flag, since when it is known, and when a person took note
-- grain: patient_key
-- published_on: the first night that published a state of the patient from the urgent sample on; days_to_seen
-- counts from it. is_unseen: the alarm goes on tonight.
WITH patient AS (
    SELECT
        s.patient_key,
        arg_min(s.facility, k.sort_order) AS facility,
        min(s.urgent_since) AS urgent_since,
        max(r.seen_at) AS seen_at,
        coalesce(bool_or(r.is_seen), FALSE) AS is_seen,
        bool_or(f.urgent) AS is_urgent
    FROM flag.standing AS s
    INNER JOIN knowledge.rule AS k ON s.rule_id = k.rule_id
    INNER JOIN flag.patient_flag AS f ON s.patient_key = f.patient_key AND s.rule_id = f.rule_id
    LEFT JOIN mart.review AS r ON s.patient_key = r.patient_key AND s.rule_id = r.rule_id
    WHERE s.urgent
    GROUP BY s.patient_key
),

published AS (
    SELECT
        p.patient_key,
        min(t.as_of) AS published_on
    FROM patient AS p
    INNER JOIN flag.transition AS t
        ON p.patient_key = t.patient_key AND p.urgent_since <= t.as_of
    GROUP BY p.patient_key
)

SELECT
    p.patient_key,
    p.facility,
    k.clinic,
    p.urgent_since,
    coalesce(t.published_on, p.urgent_since) AS published_on,
    p.seen_at,
    date_diff('day', coalesce(t.published_on, p.urgent_since), p.seen_at::DATE)::INTEGER AS days_to_seen,
    p.is_urgent AND NOT p.is_seen AS is_unseen,
    c.as_of
FROM patient AS p
CROSS JOIN run.clock AS c
LEFT JOIN published AS t ON p.patient_key = t.patient_key
LEFT JOIN knowledge.facility AS k ON p.facility = k.facility
