-- tally.result: how many results of a source file ended where, by day and by time underway
-- grain: facility, source_sha256, day, days_underway, disposition, reason_code
-- joins as written: those of result.disposition, whose every right side is smaller than the results
-- One pass over all results: what counts results counts these rows. day is that of the message;
-- days_underway is from collection to message. Internal.
SELECT
    facility,
    source_sha256,
    message_at::DATE AS day,
    date_diff('day', collected_at, message_at) AS days_underway,
    disposition,
    reason_code,
    count(*) AS n_results,
    count(*) FILTER (WHERE is_resent) AS n_resent,
    count(*) FILTER (WHERE is_low_igm) AS n_low_igm
FROM result.disposition
GROUP BY ALL
