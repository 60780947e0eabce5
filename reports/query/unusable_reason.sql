-- results that cannot be used, by feed and reason, the most frequent first
-- grain: facility, reason_code
SELECT facility, reason_code, n_results, share, is_suppressed
FROM quality.unusable_reason
ORDER BY facility, n_results DESC NULLS LAST, reason_code
