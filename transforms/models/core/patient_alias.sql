-- core.patient_alias: every identifier that was merged into another, with the one that stands for it now
-- grain: assigning_authority, patient_id
-- The latest merge of an identifier decides, chains are followed to their end. What core.merge_refused
-- lists joins nobody.
SELECT
    assigning_authority,
    patient_id,
    surviving_assigning_authority,
    surviving_patient_id,
    left(sha256(surviving_assigning_authority || chr(31) || surviving_patient_id), 16)
        AS patient_key,
    merged_at
FROM identity.merge_chain
WHERE NOT is_circle
