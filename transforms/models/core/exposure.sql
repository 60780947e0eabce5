-- core.exposure: every drug, diagnosis, procedure and finding sent, with its bearing on the rules
-- grain: facility, source_sha256, position, exposure_id
-- By code prefix (dots aside) of the coding systems that rules 3 names, or by ingredient name where a
-- drug has no such code. active_until carries the look-back after the end; where no end was sent it is
-- the knowledge row's open_days after the start, else NULL: open.
WITH person AS (
    SELECT
        coalesce(a.patient_key, sha256(e.assigning_authority || chr(31) || e.patient_id)[:16])
            AS patient_key,
        e.*,
        upper(replace(e.code, '.', '')) AS bare_code,
        lower(e.name) AS lower_name
    FROM raw.exposure AS e
    LEFT JOIN core.patient_alias AS a
        ON e.assigning_authority = a.assigning_authority AND e.patient_id = a.patient_id
),

sent AS (
    SELECT DISTINCT
        kind,
        bare_code,
        lower_name
    FROM person
),

matched AS (
    SELECT
        s.kind,
        s.bare_code,
        s.lower_name,
        k.*
    FROM sent AS s
    INNER JOIN knowledge.exposure AS k
        ON
            s.kind = k.kind
            AND (
                starts_with(s.bare_code, upper(replace(k.code_prefix, '.', '')))
                OR regexp_matches(s.lower_name, k.name_pattern)
            )
    -- the longest prefix is the most particular statement about a code
    QUALIFY dense_rank() OVER (
        PARTITION BY s.kind, s.bare_code, s.lower_name, k.applies_to
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
    m.applies_to,
    p.start_date,
    p.end_date,
    (
        coalesce(p.end_date, p.start_date + to_days(m.open_days::INTEGER))
        + to_days(coalesce(m.lookback_days, 0)::INTEGER)
    )::DATE AS active_until,
    p.source_sha256,
    p.position
FROM person AS p
CROSS JOIN run.clock AS c
LEFT JOIN matched AS m
    ON
        p.kind = m.kind
        AND p.bare_code IS NOT DISTINCT FROM m.bare_code
        AND p.lower_name IS NOT DISTINCT FROM m.lower_name
WHERE coalesce(p.start_date <= c.as_of, true)
