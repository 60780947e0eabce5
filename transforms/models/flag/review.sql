-- flag.review: the latest verdict of a clinic on a patient and rule, and whether it still holds
-- grain: patient_key, rule_id
-- A verdict holds until the state changes or the severity rises; unless it confirmed the flag, until a
-- counted result becomes known that the reviewer cannot have seen; a dismissal at most for
-- dismissal_days. A verdict of the day of a change is about it. "seen" is no verdict: a person took
-- note. It ends the alarm, and stands until a counted result becomes known or the severity rises.
WITH sent AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY patient_key, rule_id, verdict = 'seen'
            ORDER BY reviewed_at DESC, source_sha256 DESC, position DESC
        ) AS rank
    FROM flag.sent_verdict
),

latest AS (
    SELECT * FROM sent
    WHERE rank = 1
    QUALIFY row_number() OVER (
        PARTITION BY patient_key, rule_id ORDER BY verdict = 'seen'
    ) = 1
),

seen AS (
    SELECT
        patient_key,
        rule_id,
        reviewed_at
    FROM sent
    WHERE rank = 1 AND verdict = 'seen'
),

counted AS (
    SELECT
        patient_key,
        rule_id,
        max(known_on) AS known_on
    FROM flag.counted_result
    GROUP BY patient_key, rule_id
),

compared AS (
    SELECT
        l.patient_key,
        l.rule_id,
        l.verdict,
        l.diagnosis,
        l.reviewer,
        l.reviewed_at,
        l.note,
        v.is_closing,
        v.is_quieting,
        if(
            v.is_quieting,
            (l.reviewed_at::DATE + parameter('*', 'dismissal_days')::INTEGER),
            NULL
        ) AS asks_again_on,
        CASE
            WHEN t.changed_on IS NULL OR l.reviewed_at::DATE < t.changed_on THEN 'state'
            WHEN l.reviewed_at::DATE < f.severity_since THEN 'severity'
            WHEN
                coalesce(v.counts_as <> 'positive', TRUE) AND l.reviewed_at::DATE < n.known_on
                THEN 'result'
        END AS changed_since,
        s.reviewed_at AS seen_at,
        coalesce(s.reviewed_at::DATE >= n.known_on, s.reviewed_at IS NOT NULL)
        AND coalesce(s.reviewed_at::DATE >= f.severity_since, TRUE) AS is_seen
    FROM latest AS l
    INNER JOIN knowledge.verdict AS v ON l.verdict = v.verdict
    LEFT JOIN seen AS s ON l.patient_key = s.patient_key AND l.rule_id = s.rule_id
    LEFT JOIN flag.last_change AS t ON l.patient_key = t.patient_key AND l.rule_id = t.rule_id
    LEFT JOIN flag.standing AS f ON l.patient_key = f.patient_key AND l.rule_id = f.rule_id
    LEFT JOIN counted AS n ON l.patient_key = n.patient_key AND l.rule_id = n.rule_id
),

ended AS (
    SELECT
        r.* EXCLUDE (changed_since),
        c.as_of,
        coalesce(r.changed_since, if(r.asks_again_on <= c.as_of, 'time', NULL)) AS changed_since
    FROM compared AS r
    CROSS JOIN run.clock AS c
)

SELECT
    patient_key,
    rule_id,
    verdict,
    diagnosis,
    reviewer,
    reviewed_at,
    note,
    changed_since,
    is_closing AND changed_since IS NULL AS is_answered,
    is_quieting AND changed_since IS NULL AS is_quieted,
    if(changed_since IS NULL, asks_again_on, NULL) AS asks_again_on,
    seen_at,
    is_seen,
    as_of
FROM ended
