-- each flag whose status on a past night is not that of now
-- grain: present patient, rule_id
-- A patient merged since is looked up under the present key.
WITH present AS (
    SELECT
        p.patient_key,
        coalesce(a.patient_key, p.patient_key) AS present_key
    FROM past.core.patient AS p
    LEFT JOIN live.core.patient_alias AS a
        ON p.assigning_authority = a.assigning_authority AND p.patient_id = a.patient_id
),

earlier AS (
    SELECT
        f.*,
        coalesce(k.present_key, f.patient_key) AS present_key
    FROM past.flag.patient_flag AS f
    LEFT JOIN present AS k ON f.patient_key = k.patient_key
)

SELECT
    t.patient_key AS key_then,
    coalesce(n.patient_key, t.present_key) AS key_now,
    coalesce(n.patient_id, t.patient_id) AS patient_id,
    coalesce(n.assigning_authority, t.assigning_authority) AS assigning_authority,
    coalesce(n.facility, t.facility) AS facility,
    coalesce(n.rule_id, t.rule_id) AS rule_id,
    coalesce(t.status, 'no_evidence') AS status_then,
    coalesce(n.status, 'no_evidence') AS status_now,
    t.status_reason AS reason_then,
    n.status_reason AS reason_now,
    t.rule_version AS version_then,
    n.rule_version AS version_now
FROM earlier AS t
FULL JOIN live.flag.patient_flag AS n
    ON t.present_key = n.patient_key AND t.rule_id = n.rule_id
WHERE coalesce(t.status, '') <> coalesce(n.status, '')
ORDER BY rule_id, patient_id
