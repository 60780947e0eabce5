-- quality.unmapped_exposure: drugs, diagnoses, procedures and findings that no rule could read
-- grain: facility, kind, code_system, code, name, reason_code
-- A code or a name is told where it is the same in as many patients as may be counted, long numbers in it
-- masked: a free text may hold a person. All others of a feed, kind and reason are one row without either.
WITH counted AS (
    SELECT
        facility,
        patient_key,
        kind,
        code_system,
        code,
        regexp_replace(name, '[0-9]{4,}', '####', 'g') AS name,
        reason_code,
        count(DISTINCT patient_key) OVER (
            PARTITION BY
                facility, kind, code_system, code, regexp_replace(name, '[0-9]{4,}', '####', 'g'), reason_code
        ) AS n_same
    FROM exposure.unmapped
),

summed AS (
    SELECT
        facility,
        kind,
        if(is_small(n_same), NULL, code_system) AS code_system,
        if(is_small(n_same), NULL, code) AS code,
        if(is_small(n_same), NULL, name) AS name,
        reason_code,
        count(DISTINCT patient_key) AS n
    FROM counted
    GROUP BY ALL
)

SELECT
    * EXCLUDE (n),
    if(is_small(n), NULL, n) AS n_patients
FROM summed
