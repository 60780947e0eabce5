-- delivery.volume: results a day of tonight's delivery, over those of the weeks before it
-- grain: facility
-- Days are those of the message on which anything came. The median of them over the weeks before
-- the delivery's first day is the usual volume; NULL ratio when too few of them had any. Internal.
WITH needed AS (
    SELECT
        threshold('volume_days')::INTEGER AS n_days,
        threshold('volume_min_days') AS n_days_needed
),

day AS (
    SELECT
        d.facility,
        d.day,
        coalesce(sum(d.n_results) FILTER (WHERE s.is_new), 0) AS n_new,
        coalesce(sum(d.n_results) FILTER (WHERE NOT s.is_new), 0) AS n_known
    FROM tally.result AS d
    INNER JOIN run.source AS s
        ON d.facility = s.facility AND d.source_sha256 = s.source_sha256
    WHERE d.day IS NOT NULL
    GROUP BY ALL
),

delivery AS (
    SELECT
        facility,
        min(day) AS first_day,
        avg(n_new) AS n_per_day
    FROM day
    WHERE n_new > 0
    GROUP BY facility
)

SELECT
    n.facility,
    n.n_per_day,
    quantile_disc(d.n_known, 0.5) AS n_per_day_before,
    if(
        count(d.day) >= any_value(t.n_days_needed),
        n.n_per_day / quantile_disc(d.n_known, 0.5), NULL
    ) AS volume_ratio
FROM delivery AS n
CROSS JOIN needed AS t
LEFT JOIN day AS d
    ON
        n.facility = d.facility AND d.n_known > 0
        AND d.day BETWEEN n.first_day - t.n_days AND n.first_day - 1
GROUP BY n.facility, n.n_per_day
