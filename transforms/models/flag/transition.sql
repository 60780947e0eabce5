-- flag.transition: every change of a flag's status that was ever published, tonight's included
-- grain: patient_key, patient_id, assigning_authority, rule_id, published_run_id
-- Earlier changes are what the ledger recorded; tonight's are what differs from what was published last.
-- Patients merged since are one patient here: a merge alone is neither a withdrawal nor a new flag.
-- Running a night again finds its own record and stops before it, so it says the same again.
WITH published AS (
    SELECT
        p.*,
        coalesce(a.patient_key, p.patient_key) AS present_key,
        coalesce(a.surviving_patient_id, p.patient_id) AS present_id,
        coalesce(a.surviving_assigning_authority, p.assigning_authority) AS present_authority
    FROM run.published_status AS p
    LEFT JOIN core.patient_alias AS a
        ON p.assigning_authority = a.assigning_authority AND p.patient_id = a.patient_id
    WHERE p.seq < coalesce(
        (
            SELECT min(s.seq) FROM run.published_status AS s
            INNER JOIN run.clock AS c ON s.run_id = c.run_id
        ),
        p.seq + 1
    )
),

last_published AS (
    SELECT * FROM published
    QUALIFY row_number() OVER (
        PARTITION BY present_key, rule_id
        ORDER BY
            seq DESC, patient_key <> present_key ASC, patient_id ASC, assigning_authority ASC
    ) = 1
),

tonight AS (
    SELECT
        coalesce(f.patient_key, l.present_key) AS patient_key,
        coalesce(f.patient_id, l.present_id) AS patient_id,
        coalesce(f.assigning_authority, l.present_authority) AS assigning_authority,
        coalesce(f.rule_id, l.rule_id) AS rule_id,
        l.status AS from_status,
        coalesce(f.status, 'no_evidence') AS to_status,
        coalesce(f.status_reason, 'no result is evidence any more') AS status_reason,
        f.rule_version
    FROM flag.standing AS f
    FULL JOIN last_published AS l ON f.patient_key = l.present_key AND f.rule_id = l.rule_id
    WHERE coalesce(f.status, 'no_evidence') <> coalesce(l.status, 'no_evidence')
)

SELECT
    present_key AS patient_key,
    patient_id,
    assigning_authority,
    rule_id,
    as_of,
    from_status,
    status AS to_status,
    status_reason,
    rule_version,
    run_id AS published_run_id
FROM published
UNION ALL
SELECT
    t.patient_key,
    t.patient_id,
    t.assigning_authority,
    t.rule_id,
    c.as_of,
    t.from_status,
    t.to_status,
    t.status_reason,
    coalesce(t.rule_version, c.rule_version) AS rule_version,
    c.run_id AS published_run_id
FROM tonight AS t
CROSS JOIN run.clock AS c
