-- each link that names one person on either side, and whether it holds
-- grain: one row per link
SELECT
    assigning_authority AS authority,
    patient_id,
    linked_assigning_authority AS linked_authority,
    linked_patient_id,
    origin,
    line_number,
    valid_from,
    valid_to,
    decided_by,
    why,
    state,
    reason,
    mend
FROM core.patient_link
WHERE $patient_key IN (patient_key, linked_patient_key)
ORDER BY link_number
