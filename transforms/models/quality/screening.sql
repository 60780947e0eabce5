-- quality.screening: why the results of a facility are not screened for secondary causes, or nothing
-- grain: facility
-- A facility that declares `exposure_feed: complete` is screened while its feeds keep the promise
-- (quality.exposure_feed); one that declares none never is (no_exposure_feed). Rules 2026.2, 3b.
SELECT
    facility,
    exposure_feed,
    coalesce(screening_faults, ['no_exposure_feed']) AS screening_faults,
    coalesce(len(screening_faults) = 0, FALSE) AS is_screened
FROM exposure.screening
