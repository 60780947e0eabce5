-- how far each facility's feed reaches: a clinic's own before others', withheld first; of others no more
-- than everybody may see
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
    if(m.clinic IS NOT DISTINCT FROM $1, m.last_collected_on, f.last_collected_on) AS last_collected_on,
    f.days_silent,
    f.is_silent,
    f.is_withheld,
    t.released_by,
    t.why,
    coalesce(m.n_patients, 0) AS n_patients,
    m.clinic IS NOT DISTINCT FROM $1 AS is_own
FROM quality.freshness AS f
INNER JOIN mart.facility AS m ON f.facility = m.facility
LEFT JOIN tonight AS t ON f.facility = t.facility
ORDER BY is_own DESC, f.is_withheld DESC, f.facility
