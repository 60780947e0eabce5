-- how far each facility's feed reaches, those withheld first
-- grain: facility
WITH tonight AS (
    SELECT facility, any_value(released_by) AS released_by, any_value(why) AS why
    FROM quality.release
    WHERE is_tonight
    GROUP BY facility
)

SELECT
    f.facility,
    f.last_message_on,
    f.last_collected_on,
    f.days_silent,
    f.is_silent,
    f.is_withheld,
    t.released_by,
    t.why
FROM quality.freshness AS f
LEFT JOIN tonight AS t ON f.facility = t.facility
ORDER BY f.is_withheld DESC, f.facility
