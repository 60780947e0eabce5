-- mart.facility: every facility that sent anything, whose clinic reads it, and how many it flagged
-- grain: facility
WITH flagged AS (
    SELECT
        facility,
        count(DISTINCT patient_key)::INTEGER AS n_patients
    FROM flag.patient_flag
    GROUP BY facility
)

SELECT
    k.facility,
    k.clinic,
    coalesce(f.n_patients, 0)::INTEGER AS n_patients,
    c.as_of
FROM knowledge.facility AS k
CROSS JOIN run.clock AS c
LEFT JOIN flagged AS f ON k.facility = f.facility
