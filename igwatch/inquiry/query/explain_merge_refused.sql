-- each merge that names one person on either side and joins nobody
-- grain: one row per merge
SELECT
    patient_id AS retired_id,
    assigning_authority AS retired_authority,
    surviving_patient_id AS surviving_id,
    surviving_assigning_authority AS surviving_authority,
    merged_at,
    reason,
    facility,
    message_number,
    line_number
FROM core.merge_refused
WHERE $patient_key IN (patient_key, surviving_patient_key)
ORDER BY merged_at, retired_id, surviving_id
