-- identity.unmet_merge_file: merges files of which no row names a number that a result or a patient has
-- grain: facility, source_sha256
-- One row that meets nobody is ordinary: most people never had an immunoglobulin measured. A whole file
-- that meets nobody has most likely left out who issued its numbers.
WITH named AS (
    SELECT
        facility,
        source_sha256,
        retired_assigning_authority AS assigning_authority,
        retired_id AS patient_id
    FROM raw.merge
    WHERE event = 'csv'
    UNION
    SELECT
        facility,
        source_sha256,
        surviving_assigning_authority,
        surviving_id
    FROM raw.merge
    WHERE event = 'csv'
),

known AS (
    SELECT DISTINCT
        assigning_authority,
        patient_id
    FROM raw.observation
    SEMI JOIN named USING (assigning_authority, patient_id)
    UNION
    SELECT DISTINCT
        assigning_authority,
        patient_id
    FROM raw.patient
    SEMI JOIN named USING (assigning_authority, patient_id)
)

SELECT
    n.facility,
    n.source_sha256
FROM named AS n
LEFT JOIN known AS k USING (assigning_authority, patient_id)
GROUP BY n.facility, n.source_sha256
HAVING count(k.patient_id) = 0
