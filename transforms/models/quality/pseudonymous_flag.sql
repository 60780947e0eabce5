-- quality.pseudonymous_flag: each flag's state at the end of last month, under a pseudonym of the quarter
-- grain: pseudonym, rule_id
-- Only where the site asks for it. It is the same on every night of a month, for a row that comes or goes
-- from one night to the next is one person's. A state of few flags of a rule is left out; where the states
-- left out come to few, the next smallest is too.
WITH published AS (
    SELECT DISTINCT
        run_id,
        seq
    FROM run.published_status
),

standing AS (
    SELECT
        t.patient_key,
        t.rule_id,
        t.to_status AS status,
        t.as_of AS changed_on
    FROM flag.transition AS t
    INNER JOIN run.clock AS c ON t.as_of < date_trunc('month', c.as_of)
    INNER JOIN published AS p ON t.published_run_id = p.run_id
    QUALIFY row_number() OVER (
        PARTITION BY t.patient_key, t.rule_id
        ORDER BY p.seq DESC, t.patient_id ASC, t.assigning_authority ASC
    ) = 1
),

flagged AS (
    SELECT * FROM standing
    WHERE status <> 'no_evidence'
),

state AS (
    SELECT
        rule_id,
        status,
        count(*) AS n
    FROM flagged
    GROUP BY rule_id, status
),

ranked AS (
    SELECT
        s.rule_id,
        s.status,
        s.n,
        coalesce(sum(s.n) OVER (
            PARTITION BY s.rule_id ORDER BY s.n, s.status
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS n_before
    FROM state AS s
),

shown AS (
    SELECT
        rule_id,
        status
    FROM ranked
    WHERE shown_count(n) IS NOT NULL AND (n_before = 0 OR shown_count(n_before) IS NOT NULL)
)

SELECT
    p.pseudonym,
    f.rule_id,
    f.status,
    date_trunc('month', f.changed_on)::DATE AS changed_in
FROM flagged AS f
INNER JOIN run.pseudonym AS p ON f.patient_key = p.patient_key
SEMI JOIN shown AS s ON f.rule_id = s.rule_id AND f.status = s.status
