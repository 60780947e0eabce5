-- The newest reference range that was printed beside each isotype in each unit, by age in years.
-- grain: facility, analyte, units, is_adult, age_years
SELECT
    o.facility,
    m.analyte,
    o.units,
    date_diff('day', o.birth_date, o.collected_at::DATE) >= $adult_from_days AS is_adult,
    if(
        date_diff('day', o.birth_date, o.collected_at::DATE) >= $adult_from_days,
        NULL,
        date_sub('year', o.birth_date, o.collected_at::DATE)
    ) AS age_years,
    arg_max(o.references_range, (f.delivered_at, o.message_at)) AS references_range
FROM raw.observation AS o
INNER JOIN raw.source_file AS f ON o.facility = f.facility AND o.source_sha256 = f.source_sha256
INNER JOIN text_meaning AS m ON text_hash(o) = m.text_hash
WHERE
    m.is_isotype AND list_contains($analytes, m.analyte) AND o.references_range IS NOT NULL
    AND o.birth_date IS NOT NULL AND o.collected_at IS NOT NULL
GROUP BY ALL
ORDER BY ALL
