-- quality.unmapped_code: what looks like an immunoglobulin and could not be mapped; the worklist
-- grain: facility, code, code_system, test_name, reason_code
-- Days are hidden with the count: the one day of one result may point to a person.
WITH threshold AS (
    SELECT max(value) AS small_count FROM knowledge.check_threshold
    WHERE threshold = 'small_count'
),

unmapped AS (
    SELECT
        facility,
        code,
        code_system,
        test_name,
        reason_code,
        mode(units) AS units,
        count(*) AS n_results,
        min(collected_at)::DATE AS first_seen_on,
        max(collected_at)::DATE AS last_seen_on
    FROM core.disposition
    WHERE reason_code IN ('unmapped_code', 'unmapped_unit', 'code_and_name_disagree')
    GROUP BY facility, code, code_system, test_name, reason_code
)

SELECT
    u.facility,
    u.code,
    u.code_system,
    u.test_name,
    u.units,
    u.reason_code,
    if(u.n_results < t.small_count, NULL, u.n_results) AS n_results,
    if(u.n_results < t.small_count, NULL, u.first_seen_on) AS first_seen_on,
    if(u.n_results < t.small_count, NULL, u.last_seen_on) AS last_seen_on
FROM unmapped AS u
CROSS JOIN threshold AS t
