-- the shares of those not measured though their exposure asks for it, as others may see them
-- grain: facility, measuring_id
SELECT facility, measuring_id, asks, within_days, certainty, n_exposed, n_unmeasured, share_unmeasured
FROM quality.unmeasured
ORDER BY facility, measuring_id
