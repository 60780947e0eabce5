-- results that look like an immunoglobulin's and that nobody has mapped, and in how many patients
-- grain: facility, code, code_system, test_name, units, reason_code
-- analyte: the immunoglobulin that the name says, by name_pattern (knowledge, handed in by the caller).
WITH unmapped AS (
    SELECT
        facility,
        code,
        code_system,
        test_name,
        unit_source_value AS units,
        reason_code,
        lower(coalesce(test_name, code)) AS said,
        count(DISTINCT patient_key) AS n_patients
    FROM core.unusable
    WHERE
        reason_code IN ('unmapped_code', 'unmapped_unit', 'unit_missing', 'code_and_name_disagree')
        AND facility = coalesce($facility, facility)
    GROUP BY ALL
),

named AS (
    SELECT
        u.said,
        string_agg(DISTINCT p.analyte, ' or ' ORDER BY p.analyte) AS analyte
    FROM (SELECT DISTINCT said FROM unmapped) AS u
    INNER JOIN name_pattern AS p ON regexp_matches(u.said, p.pattern)
    WHERE NOT p.is_exclusion
    GROUP BY u.said
)

SELECT
    u.* EXCLUDE (said),
    n.analyte
FROM unmapped AS u
LEFT JOIN named AS n ON u.said = n.said
ORDER BY u.n_patients DESC, u.facility, u.reason_code, u.code, u.test_name, u.units
