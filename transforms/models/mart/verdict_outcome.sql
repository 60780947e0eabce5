-- mart.verdict_outcome: how many of the flags that were published the clinic found right
-- grain: rule_id, rule_version, status, facility, month
-- A flag is counted once for each time it came into a state, in the month in which that was
-- published. The verdict that counts is the last one given while it was in that state: what a
-- clinic says of a later state says nothing about this one. knowledge.verdict says what is positive.
WITH published AS (
    SELECT DISTINCT
        run_id,
        seq
    FROM run.published_status
),

stay AS (
    SELECT
        t.patient_key,
        t.rule_id,
        t.to_status AS status,
        t.rule_version,
        t.as_of AS since,
        coalesce(f.facility, p.facility) AS facility,
        lead(t.as_of) OVER (
            PARTITION BY t.patient_key, t.rule_id
            ORDER BY s.seq ASC NULLS LAST, t.patient_id DESC, t.assigning_authority DESC
        ) AS until
    FROM flag.transition AS t
    LEFT JOIN published AS s ON t.published_run_id = s.run_id
    LEFT JOIN flag.patient_flag AS f ON t.patient_key = f.patient_key AND t.rule_id = f.rule_id
    LEFT JOIN core.patient AS p ON t.patient_key = p.patient_key
),

reviewed AS (
    SELECT
        s.patient_key,
        s.rule_id,
        s.status,
        s.rule_version,
        s.since,
        s.facility,
        arg_max(k.counts_as, (v.reviewed_at, v.source_sha256, v.position)) AS counts_as
    FROM stay AS s
    LEFT JOIN flag.sent_verdict AS v
        ON
            s.patient_key = v.patient_key AND s.rule_id = v.rule_id
            AND v.reviewed_at::DATE >= s.since
            AND (s.until IS NULL OR v.reviewed_at::DATE < s.until)
    LEFT JOIN knowledge.verdict AS k ON v.verdict = k.verdict
    WHERE s.status <> 'no_evidence'
    GROUP BY s.patient_key, s.rule_id, s.status, s.rule_version, s.since, s.until, s.facility
)

SELECT
    r.rule_id,
    r.rule_version,
    r.status,
    r.facility,
    k.clinic,
    date_trunc('month', r.since)::DATE AS month,
    count(*)::INTEGER AS n_flagged,
    count(r.counts_as)::INTEGER AS n_reviewed,
    (count(*) FILTER (WHERE r.counts_as = 'positive'))::INTEGER AS n_positive,
    (count(*) FILTER (WHERE r.counts_as = 'negative'))::INTEGER AS n_negative,
    (count(*) FILTER (WHERE r.counts_as = 'undecided'))::INTEGER AS n_undecided,
    (count(*) FILTER (WHERE r.counts_as IS NULL))::INTEGER AS n_not_reviewed,
    count(*) FILTER (WHERE r.counts_as = 'positive')
    / nullif(count(*) FILTER (WHERE r.counts_as IN ('positive', 'negative')), 0) AS positive_share,
    c.as_of
FROM reviewed AS r
CROSS JOIN run.clock AS c
LEFT JOIN knowledge.facility AS k ON r.facility = k.facility
GROUP BY r.rule_id, r.rule_version, r.status, r.facility, k.clinic, month, c.as_of
