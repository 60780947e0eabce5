-- core.rival: results of an isotype beside another of the same person at the same time
-- grain: measurement_id
-- place 1 stands in the panels of the others; the content decides which, not the arrival.
WITH crowded AS (
    SELECT patient_key, collected_at, analyte
    FROM core.measurement
    WHERE series = 'total' AND analyte IN ('igg', 'iga', 'igm', 'ige')
    GROUP BY ALL
    HAVING count(*) > 1
)

SELECT
    m.measurement_id,
    row_number() OVER (
        PARTITION BY m.patient_key, m.collected_at, m.analyte
        ORDER BY
            coalesce(m.value_g_per_l, m.value_kiu_per_l), m.value_comparator NULLS LAST,
            m.order_number, m.laboratory, m.facility, m.measurement_id
    ) AS place
FROM core.measurement AS m
SEMI JOIN crowded USING (patient_key, collected_at, analyte)
WHERE m.series = 'total'
