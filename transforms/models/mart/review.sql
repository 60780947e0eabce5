-- mart.review: the latest verdict of a clinic on a patient and rule, and whether it still holds
-- grain: patient_key, rule_id
-- A verdict holds until the state changes, or, unless it confirmed the flag, until a counted result
-- becomes known that the reviewer cannot have seen. A verdict of the day of a change is about it.
WITH latest AS (
    SELECT * FROM mart.sent_verdict
    QUALIFY row_number() OVER (
        PARTITION BY patient_key, rule_id
        ORDER BY reviewed_at DESC, source_sha256 DESC, position DESC
    ) = 1
),

counted AS (
    SELECT
        patient_key,
        rule_id,
        max(known_on) AS known_on
    FROM mart.counted_result
    GROUP BY patient_key, rule_id
),

compared AS (
    SELECT
        l.patient_key,
        l.rule_id,
        l.verdict,
        l.reviewer,
        l.reviewed_at,
        l.note,
        v.is_closing,
        v.is_quieting,
        CASE
            WHEN t.changed_on IS NULL OR l.reviewed_at::DATE < t.changed_on THEN 'state'
            WHEN v.counts_as <> 'positive' AND l.reviewed_at::DATE < n.known_on THEN 'result'
        END AS changed_since
    FROM latest AS l
    INNER JOIN knowledge.verdict AS v ON l.verdict = v.verdict
    LEFT JOIN mart.last_change AS t ON l.patient_key = t.patient_key AND l.rule_id = t.rule_id
    LEFT JOIN counted AS n ON l.patient_key = n.patient_key AND l.rule_id = n.rule_id
)

SELECT
    r.patient_key,
    r.rule_id,
    r.verdict,
    r.reviewer,
    r.reviewed_at,
    r.note,
    r.changed_since,
    r.is_closing AND r.changed_since IS NULL AS is_answered,
    r.is_quieting AND r.changed_since IS NULL AS is_quieted,
    c.as_of
FROM compared AS r
CROSS JOIN run.clock AS c
