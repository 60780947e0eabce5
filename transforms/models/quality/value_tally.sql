-- quality.value_tally: how often each value of an analyte was measured in a month of a feed
-- grain: facility, analyte, month, is_new, value
-- is_new: of tonight's delivery. value is in g/L, IgE in k[IU]/L. Internal.
SELECT
    m.facility,
    m.analyte,
    date_trunc('month', m.collected_at)::DATE AS month,
    s.is_new,
    coalesce(m.value_g_per_l, m.value_kiu_per_l) AS value,
    count(*) AS n
FROM core.measurement AS m
INNER JOIN run.source AS s
    ON m.facility = s.facility AND m.source_sha256 = s.source_sha256
WHERE m.series = 'total'
GROUP BY ALL
