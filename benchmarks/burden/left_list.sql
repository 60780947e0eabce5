-- Patients with the disease whom the list lost: proven, or shown with a hyper-IgM pattern, and not on it later
-- grain: patient_id
-- Nobody gives a verdict in the simulation. `is_recovered`: the rule of the disease said so (resolved), which
-- of these patients is never true of hyper-IgM; every other row is a fault.
WITH listed AS (
    SELECT DISTINCT
        week,
        patient_id
    FROM line
    WHERE starts_with(patient_id, $true)
),

shown AS (
    SELECT
        s.patient_id,
        min(s.week) AS since_week
    FROM state AS s
    LEFT JOIN listed AS l ON s.week = l.week AND s.patient_id = l.patient_id
    WHERE
        s.status IN ('persistent', 'definite_pattern')
        OR (
            s.rule_id = 'hyper_igm' AND l.week IS NOT NULL
            AND s.status IN ('candidate', 'repeat_due', 'repeat_overdue')
        )
    GROUP BY ALL
),

missing AS (
    SELECT
        h.patient_id,
        h.since_week,
        min(n.week) AS left_week,
        count(*) AS nights
    FROM shown AS h
    INNER JOIN night AS n ON h.since_week <= n.week
    ANTI JOIN listed AS l ON h.patient_id = l.patient_id AND n.week = l.week
    GROUP BY ALL
)

SELECT
    t.kind,
    m.patient_id,
    m.since_week,
    m.left_week,
    m.nights,
    string_agg(s.rule_id || ' ' || s.status, ', ' ORDER BY s.rule_id) AS states,
    coalesce(bool_or(s.rule_id = t.rule_id AND s.status = 'resolved'), FALSE) AS is_recovered
FROM missing AS m
INNER JOIN truth AS t ON m.patient_id = t.patient_id
LEFT JOIN state AS s ON m.patient_id = s.patient_id AND m.left_week = s.week
GROUP BY ALL
ORDER BY t.kind, m.patient_id
