-- mart.facility: every feed, whose clinic reads it, and how many patients it flagged
-- grain: facility
-- A folder that has only ever handed in reviews is the clinic's own and no feed. last_collected_on is the
-- day of one patient's specimen, for the clinic that has it; what others may see is in quality.freshness.
WITH delivered AS (
    SELECT
        facility,
        bool_and(content = 'reviews') AS is_reviews_only
    FROM raw.source_file
    GROUP BY facility
),

flagged AS (
    SELECT
        facility,
        count(DISTINCT patient_key) AS n_patients
    FROM flag.patient_flag
    GROUP BY facility
),

collected AS (
    SELECT
        m.facility,
        max(m.collected_at)::DATE AS last_collected_on
    FROM core.measurement AS m
    INNER JOIN run.clock AS c ON m.collected_at::DATE <= c.as_of
    GROUP BY m.facility
)

SELECT
    k.facility,
    k.clinic,
    coalesce(f.n_patients, 0)::INTEGER AS n_patients,
    l.last_collected_on,
    k.small_count,
    c.as_of
FROM knowledge.facility AS k
CROSS JOIN run.clock AS c
LEFT JOIN delivered AS d ON k.facility = d.facility
LEFT JOIN flagged AS f ON k.facility = f.facility
LEFT JOIN collected AS l ON k.facility = l.facility
WHERE NOT coalesce(d.is_reviews_only, FALSE)
