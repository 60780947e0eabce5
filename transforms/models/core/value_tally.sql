-- core.value_tally: how often each value of an analyte was sent in a month of a feed
-- grain: facility, analyte, month, is_new, value
-- is_new: of tonight's delivery. value is in g/L, IgE in k[IU]/L, read under the unit as sent. Also of
-- results that are held because of their size or their unit alone: a whole feed that slips by a factor
-- of 100 is held result by result, and would not show otherwise. Internal.
WITH held AS (
    SELECT i.*
    FROM core.immunoglobulin AS i
    INNER JOIN core.fault AS f ON i.result_row = f.result_row
    WHERE
        i.value_normalised IS NOT NULL
        AND f.reason_code IN (
            'implausible_value', 'unit_contradicted_by_range', 'unit_contradicted_by_history'
        )
),

sent AS (
    SELECT
        facility,
        source_sha256,
        analyte,
        collected_at,
        coalesce(value_g_per_l, value_kiu_per_l) AS value
    FROM core.measurement
    WHERE series = 'total'
    UNION ALL
    SELECT
        facility,
        source_sha256,
        analyte,
        collected_at,
        value_normalised AS value
    FROM held
    WHERE series = 'total'
)

SELECT
    m.facility,
    m.analyte,
    date_trunc('month', m.collected_at)::DATE AS month,
    s.is_new,
    m.value,
    count(*) AS n
FROM sent AS m
INNER JOIN run.source AS s
    ON m.facility = s.facility AND m.source_sha256 = s.source_sha256
GROUP BY ALL
