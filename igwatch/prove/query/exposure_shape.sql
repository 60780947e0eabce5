-- The newest medication in each coding system, of each feed's newest delivery that has any.
-- grain: facility, code_system, is_named
SELECT
    e.facility,
    e.code_system,
    e.code IS NULL AS is_named,
    max(f.delivered_at)::DATE AS delivered_on,
    count(*) AS n,
    arg_max(
        {
            'source_sha256': e.source_sha256,
            'source_name': f.source_name,
            'format': f.format,
            'message_number': e.message_number,
            'line_number': e.line_number,
            'start_date': e.start_date,
            'code': e.code,
            'name': e.name,
            'record_id': e.record_id
        },
        (e.message_number IS NOT NULL, f.delivered_at, e.message_at, e.position)
    ) AS newest
FROM raw.exposure AS e
INNER JOIN raw.source_file AS f ON e.facility = f.facility AND e.source_sha256 = f.source_sha256
WHERE e.kind = 'medication' AND e.start_date IS NOT NULL
GROUP BY e.facility, e.code_system, e.code IS NULL
QUALIFY delivered_on = max(delivered_on) OVER (PARTITION BY e.facility)
ORDER BY e.facility, n DESC, e.code_system
