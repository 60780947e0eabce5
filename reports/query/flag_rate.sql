-- flags that ask something of a clinic, per 1,000 patients tested for IgM
-- grain: facility, rule_id
SELECT facility, rule_id, n_tested, n_flagged, per_1000
FROM quality.flag_rate
ORDER BY facility, rule_id
