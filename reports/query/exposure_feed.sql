-- each feed of exposures: its last mention, three shares, lists held, and why it screens nobody
-- grain: facility
SELECT facility, last_mentioned_on, n_patients, share_known, n_rows, share_read, n_lists_held, faults
FROM quality.exposure_feed
ORDER BY len(faults) DESC, facility
