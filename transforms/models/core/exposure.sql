-- core.exposure: every drug, diagnosis, procedure and finding that counts, and what it means for rules
-- grain: facility, source_sha256, position, exposure_id
-- What was cancelled is in exposure.withdrawn; what a text means is in exposure.meaning.
-- A rule asks whether a cause lowers the isotype that it follows. active_until carries the look-back
-- after the end. Where no end was sent it is the knowledge row's open_days after the last mention (the
-- start, or the later message that states it), else NULL: open; and open where an end was sent that
-- cannot be read, or that is the last day a calendar holds, which stands for none.
SELECT
    p.patient_key,
    p.facility,
    p.kind,
    p.code,
    p.code_system,
    p.name,
    k.exposure_id,
    k.effect,
    k.exposure_group,
    k.lowers_igg,
    k.lowers_iga,
    k.lowers_igm,
    k.raises_igm,
    p.start_date,
    p.start_date_precision,
    p.end_date,
    p.end_date_precision,
    if(
        p.end_date_precision = 'unread' OR year(p.end_date) = 9999,
        NULL,
        coalesce(
            p.end_date,
            greatest(p.start_date, if(p.message_number IS NULL, NULL, p.message_at::DATE))
            + to_days(k.open_days::INTEGER)
        ) + to_days(coalesce(k.lookback_days, 0)::INTEGER)
    )::DATE AS active_until,
    p.source_sha256,
    p.position
FROM exposure.remaining AS p
LEFT JOIN exposure.meaning AS m
    ON
        p.exposure_hash = m.exposure_hash
        AND (NOT m.is_stop OR p.end_date IS NOT NULL)
LEFT JOIN knowledge.exposure AS k ON m.exposure_id = k.exposure_id
