-- exposure.screening: why results of a laboratory that promises its exposures are not screened by them
-- grain: facility
-- spans: patients: it rests on exposure.feed
-- The promise rests on the feeds that `exposure_from` names; without it on the laboratory's own and on
-- those that send exposures only. One that does not keep it is enough; from no feed at all nothing is heard.
-- screening_faults: the faults of these feeds; empty where results are screened, NULL without a promise.
WITH rests_on AS (
    SELECT
        y.facility,
        f.facility AS feed,
        f.faults
    FROM knowledge.facility AS y
    INNER JOIN exposure.feed AS f ON TRUE
    LEFT JOIN knowledge.exposure_from AS x
        ON y.facility = x.facility AND f.facility = x.exposure_facility
    WHERE
        if(
            y.facility IN (SELECT n.facility FROM knowledge.exposure_from AS n),
            x.facility IS NOT NULL,
            y.facility = f.facility
            OR f.facility NOT IN (SELECT r.facility FROM raw.source_file AS r WHERE r.n_results > 0)
        )
)

SELECT
    y.*,
    CASE
        WHEN y.exposure_feed <> 'complete' THEN NULL
        WHEN r.facility IS NULL THEN ['exposure_feed_silent']
        ELSE r.faults
    END AS screening_faults
FROM knowledge.facility AS y
LEFT JOIN (
    SELECT
        facility,
        list_sort(list_distinct(flatten(list(faults)))) AS faults
    FROM rests_on
    GROUP BY facility
) AS r ON y.facility = r.facility
