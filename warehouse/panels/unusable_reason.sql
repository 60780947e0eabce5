-- Loss: results that cannot be used, by reason, for a stacked bar per facility
-- grain: facility, reason_code
SELECT
    facility,
    reason_code,
    n_results,
    share
FROM quality.unusable_reason
ORDER BY facility, n_results DESC NULLS LAST, reason_code
