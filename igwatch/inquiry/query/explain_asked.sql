-- what is asked of the clinic for one person, or why nothing is; and the last verdict
-- grain: rule_id, ask, watched_as
-- asks_on: the day on which a watched flag comes to the worklist, NULL where only something new brings it.
WITH line AS (
    SELECT
        rule_id,
        ask,
        action,
        waits_since,
        NULL AS watched_as,
        NULL AS asks_on
    FROM mart.worklist
    WHERE patient_key = $patient_key
    UNION ALL
    SELECT
        rule_id,
        NULL AS ask,
        NULL AS action,
        NULL AS waits_since,
        watched_as,
        asks_on
    FROM mart.watched
    WHERE patient_key = $patient_key
)

SELECT
    l.*,
    f.urgent,
    f.seen_at,
    r.verdict,
    r.diagnosis,
    r.reviewed_at,
    r.changed_since,
    coalesce(r.is_answered, FALSE) AS is_answered
FROM line AS l
LEFT JOIN flag.patient_flag AS f ON l.rule_id = f.rule_id AND f.patient_key = $patient_key
LEFT JOIN mart.review AS r ON l.rule_id = r.rule_id AND r.patient_key = $patient_key
ORDER BY l.rule_id, l.ask, l.watched_as
