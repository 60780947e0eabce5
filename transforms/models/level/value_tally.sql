-- level.value_tally: how often each value of an analyte was sent in a month of a feed
-- grain: facility, analyte, month, is_new, units, value_normalised
-- is_new: of tonight's delivery. value_normalised is in g/L, IgE in k[IU]/L. Measurements, and results
-- that only their size or unit keeps from being one (result.value_in_doubt). n_contradicted: of how
-- many the message itself speaks against the unit: the range printed beside it, another unit, or the
-- laboratory's flag, also one that calls normal what lies beyond the limits.
-- Internal.
WITH sent AS (
    SELECT
        facility,
        source_sha256,
        analyte,
        coalesce(unit_source_value, '') AS units,
        collected_at,
        coalesce(value_g_per_l, value_kiu_per_l) AS value_normalised,
        coalesce(laboratory_interpretation = 'N' AND class IN ('very_low', 'low', 'high'), FALSE)
            AS is_contradicted
    FROM core.measurement
    WHERE series = 'total'
    UNION ALL
    SELECT
        facility,
        source_sha256,
        analyte,
        coalesce(units, '') AS units,
        collected_at,
        value_normalised,
        TRUE AS is_contradicted
    FROM result.value_in_doubt
)

SELECT
    m.facility,
    m.analyte,
    date_trunc('month', m.collected_at)::DATE AS month,
    s.is_new,
    m.units,
    m.value_normalised,
    count(*) AS n_results,
    count(*) FILTER (WHERE m.is_contradicted) AS n_contradicted
FROM sent AS m
INNER JOIN run.source AS s
    ON m.facility = s.facility AND m.source_sha256 = s.source_sha256
GROUP BY ALL
