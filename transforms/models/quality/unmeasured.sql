-- quality.unmeasured: how many of those whose exposure asks for an immunoglobulin were not measured
-- grain: facility, measuring_id
-- mart.measuring as others may see it: both parts are shown as counts are, and the share is that of the two
-- as shown. A row of which either is small is left out.
WITH counted AS (
    SELECT
        facility,
        measuring_id,
        any_value(exposure_group) AS exposure_group,
        any_value(asks) AS asks,
        any_value(within_days) AS within_days,
        any_value(certainty) AS certainty,
        shown_count(count(*) FILTER (WHERE NOT is_missing))::INTEGER AS n_measured,
        shown_count(count(*) FILTER (WHERE is_missing))::INTEGER AS n_unmeasured
    FROM mart.measuring
    GROUP BY facility, measuring_id
)

SELECT
    n.facility,
    n.measuring_id,
    n.exposure_group,
    n.asks,
    n.within_days,
    n.certainty,
    n.n_measured + n.n_unmeasured AS n_exposed,
    n.n_measured,
    n.n_unmeasured,
    round(n.n_unmeasured / (n.n_measured + n.n_unmeasured), 2) AS share_unmeasured,
    c.as_of
FROM counted AS n
CROSS JOIN run.clock AS c
WHERE n.n_measured IS NOT NULL AND n.n_unmeasured IS NOT NULL
