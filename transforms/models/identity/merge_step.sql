-- identity.merge_step: the next identifier of each merged one, where the merges of it do not contradict
-- grain: assigning_authority, patient_id
SELECT
    assigning_authority,
    patient_id,
    any_value(surviving_assigning_authority) AS surviving_assigning_authority,
    any_value(surviving_patient_id) AS surviving_patient_id,
    any_value(merged_at) AS merged_at
FROM identity.latest_merge
GROUP BY assigning_authority, patient_id
HAVING
    count(*) = 1
    AND NOT bool_and(
        assigning_authority = surviving_assigning_authority
        AND patient_id = surviving_patient_id
    )
