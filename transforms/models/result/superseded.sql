-- result.superseded: every version of a result that no longer counts, which one counts instead, and why
-- grain: result_number
-- superseded_by is NULL where the whole order was taken back: there is no version that says so.
WITH moved AS (
    SELECT
        result_number(f.source_number, m.position) AS result_number,
        result_number(t.source_number, m.moved_to_position) AS superseded_by,
        m.moved_at AS superseded_at
    FROM identity.moved_result AS m
    INNER JOIN lookup.source AS f
        ON m.facility = f.facility AND m.source_sha256 = f.source_sha256
    INNER JOIN lookup.source AS t
        ON m.facility = t.facility AND m.moved_to_sha256 = t.source_sha256
    SEMI JOIN result.version AS i
        ON result_number(f.source_number, m.position) = i.result_number
),

versioned AS (
    SELECT
        v.*,
        i.message_at
    FROM result.possible_version AS v
    INNER JOIN result.version AS i ON v.result_number = i.result_number
),

compared AS (
    SELECT
        r.result_number,
        r.superseded_by,
        w.message_at AS superseded_at,
        r.is_equal_in_order,
        i.status,
        w.status AS status_now,
        is_later(i.message_at_utc, w.message_at_utc, w.message_at_span_seconds) AS is_later,
        (i.observation_value IS NOT DISTINCT FROM w.observation_value)
        AND (i.units IS NOT DISTINCT FROM w.units) AS is_same_value,
        i.status = 'confirmed' AND i.observation_value IS NULL AS is_confirmation
    FROM result.version_rank AS r
    INNER JOIN versioned AS i ON r.result_number = i.result_number
    INNER JOIN versioned AS w ON r.superseded_by = w.result_number
    ANTI JOIN moved AS m ON r.result_number = m.result_number
    WHERE r.version_rank > 1
)

SELECT
    result_number,
    superseded_by,
    superseded_at,
    CASE
        WHEN is_confirmation THEN 'confirmation'
        WHEN status = status_now AND is_same_value THEN 'resent_unchanged'
        WHEN status_now = 'retracted' THEN 'withdrawn'
        WHEN status = 'provisional' AND is_later THEN 'provisional_after_final'
        WHEN status = 'provisional' AND status_now <> 'provisional' THEN 'finalised'
        WHEN is_same_value THEN 'resent_unchanged'
        WHEN is_equal_in_order THEN 'less_exact'
        ELSE 'corrected'
    END AS reason_code
FROM compared
UNION ALL
SELECT
    result_number,
    superseded_by,
    superseded_at,
    'moved_to_another_patient' AS reason_code
FROM moved
UNION ALL
SELECT
    o.result_number,
    NULL AS superseded_by,
    o.withdrawn_at AS superseded_at,
    'withdrawn' AS reason_code
FROM result.order_withdrawn AS o
ANTI JOIN moved AS m ON o.result_number = m.result_number
ANTI JOIN (SELECT result_number FROM result.version_rank WHERE version_rank > 1) AS r
    ON o.result_number = r.result_number
UNION ALL
SELECT
    c.result_number,
    c.copy_of AS superseded_by,
    i.message_at AS superseded_at,
    'copied_in_message' AS reason_code
FROM result.copy AS c
INNER JOIN result.version AS i ON c.copy_of = i.result_number
ANTI JOIN moved AS m ON c.result_number = m.result_number
