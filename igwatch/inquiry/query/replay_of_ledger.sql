-- each flag of a past night, built again, whose status is not what the ledger recorded of it
-- grain: patient_id, assigning_authority, rule_id
-- The ledger has the last status of each person by that night, whatever number the person had before.
-- in_words: why, with numbers and what follows the first clause left out, so that alike reasons are one.
WITH last_recorded AS (
    SELECT
        s.rule_id,
        s.status,
        s.status_reason,
        s.rule_version,
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
    FROM last_recorded
    WHERE status <> 'no_evidence'
)

SELECT
    coalesce(n.patient_id, t.patient_id) AS patient_id,
    coalesce(n.assigning_authority, t.assigning_authority) AS assigning_authority,
    coalesce(n.rule_id, t.rule_id) AS rule_id,
    coalesce(t.status, 'no_evidence') AS published,
    coalesce(n.status, 'no_evidence') AS again,
    t.rule_version AS published_version,
    n.rule_version AS again_version,
    t.status_reason AS published_reason,
    n.status_reason AS again_reason,
    coalesce(
        regexp_replace(split_part(n.status_reason, ';', 1), '[0-9]+([.-][0-9]+)*', 'N', 'g'),
        'no result is evidence any more'
    ) AS in_words
FROM then_recorded AS t
FULL JOIN past.flag.patient_flag AS n
    ON
        t.patient_id = n.patient_id
        AND t.assigning_authority = n.assigning_authority
        AND t.rule_id = n.rule_id
WHERE coalesce(t.status, 'no_evidence') <> coalesce(n.status, 'no_evidence')
ORDER BY rule_id, published, again, patient_id
