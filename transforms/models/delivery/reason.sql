-- delivery.reason: what share of tonight's delivery is unusable, by reason
-- grain: facility, reason_code
-- Of what could have been measured; NULL below the minimum of results. Internal.
WITH needed AS (
    SELECT threshold('share_min_results') AS n_share
),

result AS (
    SELECT
        d.facility,
        d.reason_code,
        sum(d.n_results) AS n,
        sum(sum(d.n_results)) OVER (PARTITION BY d.facility) AS n_measurable
    FROM tally.result AS d
    INNER JOIN run.source AS s
        ON d.facility = s.facility AND d.source_sha256 = s.source_sha256
    WHERE s.is_new AND d.disposition IN ('measured', 'unusable')
    GROUP BY d.facility, d.reason_code
)

SELECT
    r.facility,
    r.reason_code,
    if(r.n_measurable >= t.n_share, r.n / r.n_measurable, NULL) AS share
FROM result AS r
CROSS JOIN needed AS t
WHERE r.reason_code IS NOT NULL
