-- contradiction: every patient and rule whose flag is not what its last transition says
-- grain: patient_key, rule_id
-- `recorded` is the ledger's order of publication (run_id, seq); a run not in it is the newest.
WITH last_told AS (
    SELECT
        t.patient_key,
        t.rule_id,
        t.to_status
    FROM transition AS t
    LEFT JOIN recorded AS r ON t.published_run_id = r.run_id
    QUALIFY row_number() OVER (
        PARTITION BY t.patient_key, t.rule_id
        ORDER BY r.seq DESC NULLS FIRST, t.patient_id ASC, t.assigning_authority ASC
    ) = 1
)

SELECT
    coalesce(f.patient_key, l.patient_key) AS patient_key,
    coalesce(f.rule_id, l.rule_id) AS rule_id
FROM patient_flag AS f
FULL JOIN last_told AS l ON f.patient_key = l.patient_key AND f.rule_id = l.rule_id
WHERE coalesce(f.status, 'no_evidence') <> coalesce(l.to_status, 'no_evidence')
