-- whom each identifier that was merged away, or is linked, means now; retired_key is the key that it had as a person,
-- made as macro patient_key of the models makes it
-- grain: retired_key
SELECT
    left(sha256(assigning_authority || chr(31) || patient_id), 16) AS retired_key,
    patient_key,
    joined_by
FROM core.patient_alias
