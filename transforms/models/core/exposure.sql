-- core.exposure: every drug, diagnosis, procedure and finding that counts, and what it means for rules
-- grain: facility, source_sha256, position, exposure_id
-- What takes no effect is in core.exposure_set_aside; how long one lasts is in exposure.lasting, what a
-- text means in exposure.meaning. A rule asks whether a cause lowers the isotype that it follows. What is
-- only suspected is `suspected` (it caps); a history is so of a malignancy or a transplantation, else
-- nothing (rules 2026.2, 3b). A diagnosis without an end lasts the knowledge row's open_days after its last
-- mention, else it is open. active_until carries the look-back after the end; NULL is open.
WITH meant AS (
    SELECT
        p.*,
        t.code,
        t.code_system,
        t.name,
        m.exposure_id,
        m.unmapped_reason,
        CASE
            WHEN list_contains([p.stated_certainty, m.certainty], 'history') THEN 'history'
            WHEN list_contains([p.stated_certainty, m.certainty], 'suspected') THEN 'suspected'
            ELSE coalesce(p.stated_certainty, m.certainty)
        END AS certainty
    FROM exposure.lasting AS p
    INNER JOIN exposure.text AS t ON p.exposure_hash = t.exposure_hash
    LEFT JOIN exposure.meaning AS m
        ON
            p.exposure_hash = m.exposure_hash
            AND (NOT m.is_stop OR p.end_known_by = 'stated')
),

effective AS (
    SELECT
        m.*,
        k.exposure_group,
        k.lowers_igg,
        k.lowers_iga,
        k.lowers_igm,
        k.raises_igm,
        k.open_days,
        k.lookback_days,
        k.kind = 'procedure' AS is_procedure,
        CASE
            WHEN m.certainty = 'history' AND k.kind = 'diagnosis'
                THEN if(h.exposure_group IS NULL, NULL, 'suspected')
            WHEN
                m.certainty = 'suspected'
                AND k.effect IN ('definite', 'possible', 'monoclonal', 'known_immunodeficiency')
                THEN 'suspected'
            ELSE k.effect
        END AS effect
    FROM meant AS m
    LEFT JOIN knowledge.exposure AS k ON m.exposure_id = k.exposure_id
    LEFT JOIN knowledge.exposure_history AS h ON k.exposure_group = h.exposure_group
),

ended AS (
    SELECT
        *,
        -- a drug that is taken for years (open_days) goes on longer than another without an end
        CASE
            WHEN end_known_by IN ('limit', 'filler') AND open_days IS NOT NULL
                THEN least(mentioned_on + open_days, stopped_on)
            ELSE coalesce(last_day, mentioned_on + open_days)
        END::DATE AS end_of_it,
        CASE
            WHEN end_known_by IN ('limit', 'filler') AND stopped_on <= mentioned_on + open_days
                THEN 'stated'
            ELSE coalesce(
                end_known_by, if(mentioned_on IS NOT NULL AND open_days IS NOT NULL, 'limit', NULL)
            )
        END AS known_by
    FROM effective
)

SELECT
    e.patient_key,
    e.facility,
    e.kind,
    e.kind_of_event AS event_kind,
    e.code,
    e.code_system,
    e.name,
    e.certainty,
    e.exposure_id,
    e.effect,
    e.exposure_group,
    e.lowers_igg,
    e.lowers_iga,
    e.lowers_igm,
    e.raises_igm,
    e.unmapped_reason,
    e.start_date,
    e.start_date_precision,
    e.end_of_it AS end_date,
    e.end_date_precision,
    e.known_by AS end_known_by,
    e.mentioned_on,
    if(
        e.is_procedure AND e.lookback_days IS NULL AND e.open_days IS NULL,
        NULL,
        e.end_of_it + to_days(coalesce(e.lookback_days, 0)::INTEGER)
    )::DATE AS active_until,
    f.source_sha256,
    position_of(e.exposure_number) AS position
FROM ended AS e
INNER JOIN lookup.source AS f ON source_of(e.exposure_number) = f.source_number
