-- quality.new_batch: what each facility delivered that the generation before did not hold
-- grain: facility
-- Shares are NULL below the minimum of results. Opposite: low for us and high for the laboratory,
-- or the reverse. Internal.
WITH threshold AS (
    SELECT max(value) AS n_share FROM knowledge.check_threshold
    WHERE threshold = 'share_min_results'
),

new_file AS (
    SELECT t.*
    FROM quality.file_tally AS t
    INNER JOIN run.source AS s
        ON t.facility = s.facility AND t.source_sha256 = s.source_sha256
    WHERE s.is_new
),

delivery AS (
    SELECT
        facility,
        count(*) AS n_files,
        sum(n_results) AS n_results,
        sum(n_measured) AS n_measured,
        sum(n_unusable) AS n_unusable,
        sum(n_results_refused) AS n_quarantined
    FROM new_file
    GROUP BY facility
),

unmapped AS (
    SELECT
        d.facility,
        count(*) AS n_unmapped
    FROM core.disposition AS d
    SEMI JOIN new_file AS f ON d.facility = f.facility AND d.source_sha256 = f.source_sha256
    WHERE d.reason_code IN ('unmapped_code', 'unmapped_unit', 'code_and_name_disagree')
    GROUP BY d.facility
),

judged AS (
    SELECT
        m.facility,
        count(*) AS n_judged,
        count(*) FILTER (
            WHERE (m.laboratory_interpretation = 'H' AND m.class IN ('very_low', 'low'))
            OR (m.laboratory_interpretation = 'L' AND m.class = 'high')
        ) AS n_opposite
    FROM core.measurement AS m
    SEMI JOIN new_file AS f ON m.facility = f.facility AND m.source_sha256 = f.source_sha256
    WHERE m.laboratory_interpretation IN ('L', 'H')
    GROUP BY m.facility
)

SELECT
    b.facility,
    b.n_files::BIGINT AS n_files,
    if(b.n_measured + b.n_unusable >= t.n_share, b.n_unusable / (b.n_measured + b.n_unusable), NULL)
        AS share_unusable,
    if(
        b.n_measured + b.n_unusable >= t.n_share,
        coalesce(u.n_unmapped, 0) / (b.n_measured + b.n_unusable), NULL
    ) AS share_unmapped,
    if(b.n_results >= t.n_share, b.n_quarantined / b.n_results, NULL) AS share_quarantined,
    if(j.n_judged >= t.n_share, j.n_opposite / j.n_judged, NULL) AS share_opposite,
    v.volume_ratio
FROM delivery AS b
CROSS JOIN threshold AS t
LEFT JOIN unmapped AS u ON b.facility = u.facility
LEFT JOIN judged AS j ON b.facility = j.facility
LEFT JOIN quality.batch_volume AS v ON b.facility = v.facility
