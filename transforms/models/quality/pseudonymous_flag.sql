-- quality.pseudonymous_flag: the state of each flag under a keyed pseudonym, to follow it over nights
-- grain: pseudonym, rule_id
-- There is no such table where the site has set no key. A state that fewer than small_count flags of a
-- rule are in is left out; where the states left out come to fewer, the next smallest is too.
WITH state AS (
    SELECT
        f.rule_id,
        f.status,
        count(*) AS n
    FROM flag.patient_flag AS f
    GROUP BY f.rule_id, f.status
),

ranked AS (
    SELECT
        s.rule_id,
        s.status,
        is_small(s.n) AS is_small,
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
    WHERE NOT is_small AND NOT is_small(n_before)
),

changed AS (
    SELECT
        patient_key,
        rule_id,
        max(as_of) AS changed_on
    FROM flag.transition
    GROUP BY patient_key, rule_id
)

SELECT
    p.pseudonym,
    f.rule_id,
    f.status,
    date_trunc('month', c.changed_on)::DATE AS changed_in
FROM flag.patient_flag AS f
INNER JOIN run.pseudonym AS p ON f.patient_key = p.patient_key
SEMI JOIN shown AS s ON f.rule_id = s.rule_id AND f.status = s.status
LEFT JOIN changed AS c ON f.patient_key = c.patient_key AND f.rule_id = c.rule_id
