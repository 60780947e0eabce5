-- how far each facility's feed reaches, those withheld first
-- grain: facility
SELECT facility, last_message_on, last_collected_on, days_silent, is_withheld
FROM quality.freshness
ORDER BY is_withheld DESC, facility
