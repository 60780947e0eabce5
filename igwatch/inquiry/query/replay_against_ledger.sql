-- how many flags of a past night, built again, are not what the ledger recorded of it
-- grain: one row
-- The ledger has the last status of each person by that night, whatever number the person had before.
WITH last_recorded AS (
    SELECT
        s.rule_id,
        s.status,
        coalesce(a.surviving_patient_id, s.patient_id) AS patient_id,
        coalesce(a.surviving_assigning_authority, s.assigning_authority) AS assigning_authority
    FROM recorded AS s
    LEFT JOIN past.core.patient_alias AS a
        ON s.assigning_authority = a.assigning_authority AND s.patient_id = a.patient_id
    WHERE s.seq <= $seq
    QUALIFY row_number() OVER (
        PARTITION BY
            coalesce(a.surviving_patient_id, s.patient_id),
            coalesce(a.surviving_assigning_authority, s.assigning_authority),
            s.rule_id
        ORDER BY s.seq DESC, a.patient_id ASC NULLS FIRST
    ) = 1
),

then_recorded AS (
    SELECT
        patient_id,
        assigning_authority,
        rule_id,
        status
    FROM last_recorded
    WHERE status <> 'no_evidence'
),

again AS (
    SELECT
        patient_id,
        assigning_authority,
        rule_id,
        status
    FROM past.flag.patient_flag
)

SELECT count(*) AS n
FROM (
    (FROM then_recorded EXCEPT ALL FROM again)
    UNION ALL
    (FROM again EXCEPT ALL FROM then_recorded)
)
