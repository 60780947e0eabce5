-- what of a feed's deliveries of the month could not be read, by the field and the shape of what was found
-- grain: facility, level, unit, field, reason_code, found
-- Nobody can say who of a feed's senders sent it. The month is that of the delivery's last message, else of
-- the delivery. A shape stands where it was refused often enough; all others of a reason are one row.
WITH refused AS (
    SELECT
        r.facility,
        r.level,
        r.unit,
        r.field,
        r.reason_code,
        r.found,
        coalesce(r.n_results, 0) AS n_results,
        coalesce(f.last_message_at, f.delivered_at) < a.month AS is_before
    FROM raw.reject AS r
    INNER JOIN raw.source_file AS f
        ON r.facility = f.facility AND r.source_sha256 = f.source_sha256
    INNER JOIN feedback.asked AS a
        ON
            coalesce(f.last_message_at, f.delivered_at) >= a.month_before
            AND coalesce(f.last_message_at, f.delivered_at) < a.month_after
    WHERE r.facility = coalesce(a.facility, r.facility)
),

shape AS (
    SELECT
        facility,
        reason_code,
        found
    FROM refused
    GROUP BY facility, reason_code, found
    HAVING count(*) >= threshold('text_min_results')
),

counted AS (
    SELECT
        r.facility,
        r.level,
        r.unit,
        r.field,
        r.reason_code,
        s.found,
        shown_count_beyond(
            count(*) FILTER (WHERE NOT r.is_before), threshold('text_min_results')
        ) AS n,
        shown_count_beyond(count(*) FILTER (WHERE r.is_before), threshold('text_min_results'))
            AS n_before,
        shown_count(sum(r.n_results) FILTER (WHERE NOT r.is_before)) AS n_results
    FROM refused AS r
    LEFT JOIN shape AS s
        ON r.facility = s.facility AND r.reason_code = s.reason_code AND r.found = s.found
    GROUP BY r.facility, r.level, r.unit, r.field, r.reason_code, s.found
)

SELECT
    c.*,
    k.sentence,
    k.mend
FROM counted AS c
LEFT JOIN knowledge.reject_reason AS k ON c.reason_code = k.reason_code
WHERE coalesce(c.n, c.n_before) IS NOT NULL
ORDER BY c.facility, coalesce(c.n, 0) DESC, c.level, c.field, c.reason_code, c.found
