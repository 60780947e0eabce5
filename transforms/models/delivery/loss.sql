-- delivery.loss: what share of tonight's delivery was lost on the way to a measurement
-- grain: facility
-- Shares are of what could have been measured (quarantined: of all results), NULL below the minimum of
-- results. Internal.
WITH needed AS (
    SELECT threshold('share_min_results') AS n_share
),

new_file AS (
    SELECT t.*
    FROM tally.file AS t
    INNER JOIN run.source AS s
        ON t.facility = s.facility AND t.source_sha256 = s.source_sha256
    WHERE s.is_new
),

delivery AS (
    SELECT
        facility,
        count(*) AS n_files,
        sum(n_results) AS n_results,
        sum(n_measured + n_unusable) AS n_measurable,
        sum(n_unusable) AS n_unusable,
        sum(n_results_refused) AS n_quarantined
    FROM new_file
    GROUP BY facility
),

reason AS (
    SELECT
        d.facility,
        sum(d.n_results) FILTER (
            WHERE d.reason_code IN ('unmapped_code', 'unmapped_unit', 'code_and_name_disagree')
        ) AS n_unmapped,
        sum(d.n_results) FILTER (WHERE d.reason_code = 'unit_missing') AS n_without_unit,
        sum(d.n_results) FILTER (WHERE d.reason_code = 'collected_after_as_of') AS n_future
    FROM tally.result AS d
    SEMI JOIN new_file AS f ON d.facility = f.facility AND d.source_sha256 = f.source_sha256
    WHERE d.disposition = 'unusable'
    GROUP BY d.facility
)

SELECT
    b.facility,
    b.n_files::BIGINT AS n_files,
    if(b.n_measurable >= t.n_share, b.n_unusable / b.n_measurable, NULL) AS share_unusable,
    if(b.n_measurable >= t.n_share, coalesce(r.n_unmapped, 0) / b.n_measurable, NULL)
        AS share_unmapped,
    if(b.n_measurable >= t.n_share, coalesce(r.n_without_unit, 0) / b.n_measurable, NULL)
        AS share_without_unit,
    if(b.n_measurable >= t.n_share, coalesce(r.n_future, 0) / b.n_measurable, NULL)
        AS share_future,
    if(b.n_results >= t.n_share, b.n_quarantined / b.n_results, NULL) AS share_quarantined
FROM delivery AS b
CROSS JOIN needed AS t
LEFT JOIN reason AS r ON b.facility = r.facility
