-- quality.unmapped_code: what looks like an immunoglobulin and could not be mapped; the worklist
-- grain: facility, code, code_system, test_name, reason_code
-- What was sent stands here where enough patients and results share it, masked: a free text may hold a
-- person. A LOINC code that knowledge.code lists is nobody's, and stays. All others of a feed are one line,
-- which is there if there are none too; igwatch unmapped has them as sent. Where a text is shown, its count
-- is hidden below what the text tells and small_count more.
WITH known AS (
    SELECT DISTINCT code
    FROM knowledge.code
    WHERE code_system = 'LN'
),

sent AS (
    SELECT
        u.facility,
        u.patient_key,
        coalesce(k.code, masked_text(u.code)) AS code,
        masked_text(u.code_system) AS code_system,
        masked_text(u.test_name) AS test_name,
        masked_text(u.unit_source_value) AS units,
        u.reason_code,
        u.collected_at
    FROM core.unusable AS u
    LEFT JOIN known AS k ON u.code = k.code
    WHERE u.reason_code IN ('unmapped_code', 'unmapped_unit', 'code_and_name_disagree')
),

unmapped AS (
    SELECT
        facility,
        code,
        code_system,
        test_name,
        reason_code,
        count(*) AS n_results,
        count(DISTINCT patient_key) >= threshold('text_min_patients')
        AND count(*) >= threshold('text_min_results') AS is_shared,
        shown_count_beyond(count(*), threshold('text_min_results')) AS n_shown,
        min(collected_at)::DATE AS first_seen_on,
        max(collected_at)::DATE AS last_seen_on
    FROM sent
    GROUP BY facility, code, code_system, test_name, reason_code
),

-- the unit of most results, where enough patients have it
unit AS (
    SELECT
        facility,
        code,
        code_system,
        test_name,
        reason_code,
        units
    FROM sent
    GROUP BY facility, code, code_system, test_name, reason_code, units
    HAVING
        count(DISTINCT patient_key) >= threshold('text_min_patients')
        AND count(*) >= threshold('text_min_results')
    QUALIFY row_number() OVER (
        PARTITION BY facility, code, code_system, test_name, reason_code
        ORDER BY count(*) DESC, units
    ) = 1
),

rare AS (
    SELECT
        f.facility,
        count(u.facility) AS n_texts
    FROM (SELECT DISTINCT facility FROM raw.source_file) AS f
    LEFT JOIN unmapped AS u ON f.facility = u.facility AND NOT u.is_shared
    GROUP BY f.facility
)

SELECT
    u.facility,
    u.code,
    u.code_system,
    u.test_name,
    n.units,
    u.reason_code,
    u.n_shown AS n_results,
    if(u.n_shown IS NULL, NULL, date_trunc('month', u.first_seen_on)::DATE) AS first_seen_on,
    if(u.n_shown IS NULL, NULL, date_trunc('month', u.last_seen_on)::DATE) AS last_seen_on
FROM unmapped AS u
LEFT JOIN unit AS n
    ON
        u.facility = n.facility AND u.code IS NOT DISTINCT FROM n.code
        AND u.code_system IS NOT DISTINCT FROM n.code_system
        AND u.test_name IS NOT DISTINCT FROM n.test_name AND u.reason_code = n.reason_code
WHERE u.is_shared
UNION ALL
SELECT
    facility,
    NULL AS code,
    NULL AS code_system,
    rare_texts(n_texts) AS test_name,
    NULL AS units,
    'rare_text' AS reason_code,
    NULL AS n_results,
    NULL AS first_seen_on,
    NULL AS last_seen_on
FROM rare
