-- Feeds: when each last spoke, whether its newest delivery is withheld, its results of the last 28 days
-- A table. grain: facility. Read from igwatch.duckdb or quality.duckdb.
WITH recent AS (
    SELECT
        d.facility,
        d.run_id,
        sum(d.n_results) AS n_results,
        sum(d.n_measured) AS n_measured,
        sum(d.n_unusable) AS n_unusable,
        count(*) AS n_days
    FROM quality.feed_daily AS d
    INNER JOIN quality.freshness AS f ON d.facility = f.facility AND d.run_id = f.run_id
    WHERE d.day > f.as_of - INTERVAL 28 DAY AND d.day <= f.as_of
    GROUP BY d.facility, d.run_id
)

SELECT
    f.facility,
    CASE
        WHEN f.is_withheld THEN 'withheld'
        WHEN f.days_silent IS NULL THEN 'never spoke'
        WHEN f.is_silent THEN 'silent'
        ELSE 'current'
    END AS state,
    f.days_silent,
    f.last_message_on,
    f.last_collected_on,
    r.n_days AS days_with_results,
    r.n_results,
    r.n_measured,
    r.n_unusable,
    f.data_to
FROM quality.freshness AS f
LEFT JOIN recent AS r ON f.facility = r.facility AND f.run_id = r.run_id
ORDER BY f.is_withheld DESC, f.days_silent DESC NULLS FIRST, f.facility
