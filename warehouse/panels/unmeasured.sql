-- Follow-up: of patients on drugs or with diseases that lower immunoglobulins, the share not measured
-- A bar per facility and row that the site signed. grain: facility, measuring_id. Small groups have no row.
SELECT
    facility,
    measuring_id,
    asks,
    within_days,
    certainty,
    n_exposed,
    n_unmeasured,
    share_unmeasured
FROM quality.unmeasured
ORDER BY share_unmeasured DESC, facility, measuring_id
