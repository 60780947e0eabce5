-- mart.funnel: how many of the patients tested for a rule's isotype are left at each question
-- grain: step
-- The feeds of mart.feed_funnel together; it says what is asked.
WITH counted AS (
    SELECT
        rule_id,
        step,
        sum(n_patients) AS n
    FROM mart.feed_funnel
    GROUP BY rule_id, step
),

question AS (
    SELECT
        q.rule_id,
        q.step,
        q.name,
        coalesce(t.n, 0) AS n
    FROM knowledge.funnel AS q
    LEFT JOIN counted AS t ON q.rule_id = t.rule_id AND q.step = t.step
)

SELECT
    q.step,
    q.name,
    q.n::INTEGER AS n_patients,
    q.n / nullif(lag(q.n) OVER of_rule, 0) AS share_of_previous,
    q.n / nullif(first_value(q.n) OVER of_rule, 0) AS share_of_tested,
    c.as_of
FROM question AS q
CROSS JOIN run.clock AS c
WINDOW of_rule AS (PARTITION BY q.rule_id ORDER BY q.step)
