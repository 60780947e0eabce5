-- flag.last_change: the last change of each flag's state, by the order of publication
-- grain: patient_key, rule_id
WITH published AS (
    SELECT DISTINCT
        run_id,
        seq
    FROM run.published_status
)

SELECT
    t.patient_key,
    t.rule_id,
    t.as_of AS changed_on,
    t.from_status AS previous_status
FROM flag.transition AS t
LEFT JOIN published AS p ON t.published_run_id = p.run_id
-- what the ledger does not know yet is tonight's
QUALIFY row_number() OVER (
    PARTITION BY t.patient_key, t.rule_id
    ORDER BY p.seq DESC NULLS FIRST, t.patient_id ASC, t.assigning_authority ASC
) = 1
