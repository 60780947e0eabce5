-- core.patient_alias: every identifier that was merged into another, with the person it belongs to now
-- grain: assigning_authority, patient_id
-- The latest merge of an identifier decides, chains are followed to their end. What core.merge_refused
-- lists joins nobody.
SELECT
    assigning_authority,
    patient_id,
    surviving_assigning_authority,
    surviving_patient_id,
    patient_key(surviving_assigning_authority, surviving_patient_id) AS patient_key,
    merged_at
FROM identity.merge_chain
WHERE NOT is_circle
