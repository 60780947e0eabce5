-- level.unit_evidence: how many results of a period speak themselves against their unit
-- grain: facility, analyte, month, is_new_batch
-- month NULL: tonight's delivery. n_contradicted: see level.value_tally. n_unit_new: under a unit text
-- that the feed had not used of this analyte before. Internal.
WITH unit AS (
    SELECT
        facility,
        analyte,
        units,
        min(month) AS first_month,
        min(min(month)) OVER (PARTITION BY facility, analyte) AS feed_first_month,
        bool_and(is_new) AS is_of_tonight
    FROM level.value_tally
    GROUP BY facility, analyte, units
)

SELECT
    t.facility,
    t.analyte,
    t.month,
    FALSE AS is_new_batch,
    sum(t.n_contradicted)::BIGINT AS n_contradicted,
    coalesce(sum(t.n_results) FILTER (
        WHERE t.month = u.first_month AND u.first_month > u.feed_first_month
    ), 0)::BIGINT AS n_unit_new
FROM level.value_tally AS t
INNER JOIN unit AS u ON t.facility = u.facility AND t.analyte = u.analyte AND t.units = u.units
GROUP BY t.facility, t.analyte, t.month
UNION ALL
SELECT
    t.facility,
    t.analyte,
    NULL AS month,
    TRUE AS is_new_batch,
    sum(t.n_contradicted)::BIGINT AS n_contradicted,
    coalesce(sum(t.n_results) FILTER (WHERE u.is_of_tonight), 0)::BIGINT AS n_unit_new
FROM level.value_tally AS t
INNER JOIN unit AS u ON t.facility = u.facility AND t.analyte = u.analyte AND t.units = u.units
WHERE t.is_new
GROUP BY t.facility, t.analyte
