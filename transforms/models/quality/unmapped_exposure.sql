-- quality.unmapped_exposure: drugs, diagnoses, procedures and findings that no rule could read
-- grain: facility, kind, code_system, code, name, reason_code
-- What was sent stands here where enough patients share it, masked: a free text may hold a person. All
-- others of a feed of exposures are one line, which is there if there are none too; igwatch unmapped
-- --exposures has them as sent.
WITH sent AS (
    SELECT
        facility,
        patient_key,
        kind,
        masked_text(code_system) AS code_system,
        masked_text(code) AS code,
        masked_text(name) AS name,
        reason_code
    FROM exposure.unmapped
),

counted AS (
    SELECT
        * EXCLUDE (patient_key),
        count(DISTINCT patient_key) AS n
    FROM sent
    GROUP BY ALL
),

rare AS (
    SELECT
        f.facility,
        count(c.facility) AS n_texts
    FROM exposure.feed AS f
    LEFT JOIN counted AS c ON f.facility = c.facility AND c.n < threshold('text_min_patients')
    GROUP BY f.facility
)

SELECT
    facility,
    kind,
    code_system,
    code,
    name,
    reason_code,
    shown_count_beyond(n, threshold('text_min_patients')) AS n_patients
FROM counted
WHERE n >= threshold('text_min_patients')
UNION ALL
SELECT
    facility,
    NULL AS kind,
    NULL AS code_system,
    NULL AS code,
    rare_texts(n_texts) || ' --exposures' AS name,
    'rare_text' AS reason_code,
    NULL AS n_patients
FROM rare
