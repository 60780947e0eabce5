-- changed_status: every patient and rule whose status differs between two generations
-- grain: patient_key, rule_id
-- The identifiers of the earlier one are read as the later one knows them, so a merge is no change.
WITH before AS (
    SELECT
        coalesce(a.patient_key, e.patient_key) AS patient_key,
        coalesce(a.surviving_patient_id, e.patient_id) AS patient_id,
        coalesce(a.surviving_assigning_authority, e.assigning_authority) AS assigning_authority,
        e.rule_id,
        e.status
    FROM earlier AS e
    LEFT JOIN alias AS a
        ON e.assigning_authority = a.assigning_authority AND e.patient_id = a.patient_id
    -- of two patients who became one, the survivor's own status is compared
    QUALIFY row_number() OVER (
        PARTITION BY coalesce(a.patient_key, e.patient_key), e.rule_id
        ORDER BY a.patient_key IS NULL DESC, e.last_evidence_at DESC, e.patient_key ASC
    ) = 1
)

SELECT
    coalesce(l.patient_key, b.patient_key) AS patient_key,
    coalesce(l.patient_id, b.patient_id) AS patient_id,
    coalesce(l.assigning_authority, b.assigning_authority) AS assigning_authority,
    coalesce(l.rule_id, b.rule_id) AS rule_id,
    coalesce(b.status, 'no_evidence') AS status_before,
    coalesce(l.status, 'no_evidence') AS status_after
FROM before AS b
FULL JOIN later AS l ON b.patient_key = l.patient_key AND b.rule_id = l.rule_id
WHERE coalesce(b.status, 'no_evidence') <> coalesce(l.status, 'no_evidence')
ORDER BY ALL
