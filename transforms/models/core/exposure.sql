-- core.exposure: every drug, diagnosis, procedure and finding that counts, and what it means for rules
-- grain: facility, source_sha256, position, exposure_id
-- What was cancelled is in exposure.withdrawn.
-- A rule asks whether a cause lowers the isotype that it follows.
-- By code prefix (dots aside) of the coding systems that rules 3 names, or by ingredient name where a
-- drug has no such code. active_until carries the look-back after the end; where no end was sent it is
-- the knowledge row's open_days after the start, else NULL: open.
WITH bearing AS (
    SELECT
        k.*,
        list_contains(string_split(k.analytes, '|'), 'igg') AS lowers_igg,
        list_contains(string_split(k.analytes, '|'), 'iga') AS lowers_iga,
        list_contains(string_split(k.analytes, '|'), 'igm') AS lowers_igm,
        FALSE AS raises_igm
    FROM knowledge.exposure AS k
),

sent AS (
    SELECT DISTINCT
        kind,
        code_without_dots,
        lower_name
    FROM exposure.remaining
),

matched AS (
    SELECT
        s.kind,
        s.code_without_dots,
        s.lower_name,
        k.*
    FROM sent AS s
    INNER JOIN bearing AS k
        ON
            s.kind = k.kind
            AND (
                starts_with(s.code_without_dots, upper(replace(k.code_prefix, '.', '')))
                OR regexp_matches(s.lower_name, k.name_pattern)
            )
    -- the longest prefix is the most particular statement about a code
    QUALIFY dense_rank() OVER (
        PARTITION BY s.kind, s.code_without_dots, s.lower_name, k.analytes
        ORDER BY coalesce(len(k.code_prefix), 0) DESC
    ) = 1
)

SELECT
    p.patient_key,
    p.facility,
    p.kind,
    p.code,
    p.code_system,
    p.name,
    m.exposure_id,
    m.effect,
    m.exposure_group,
    m.lowers_igg,
    m.lowers_iga,
    m.lowers_igm,
    m.raises_igm,
    p.start_date,
    p.start_date_precision,
    p.end_date,
    (
        coalesce(p.end_date, p.start_date + to_days(m.open_days::INTEGER))
        + to_days(coalesce(m.lookback_days, 0)::INTEGER)
    )::DATE AS active_until,
    p.source_sha256,
    p.position
FROM exposure.remaining AS p
LEFT JOIN matched AS m
    ON
        p.kind = m.kind
        AND p.code_without_dots IS NOT DISTINCT FROM m.code_without_dots
        AND p.lower_name IS NOT DISTINCT FROM m.lower_name
