-- mart.measuring: every patient whose exposure asks for an immunoglobulin, and whether it was measured
-- grain: patient_key, facility, measuring_id
-- Only rows of knowledge.measuring that the exposure's facility has signed (knowledge.local_measuring). What
-- is only suspected, or a history without effect, asks nothing; an exposure asks as long as it or its
-- look-back lasts. A baseline lies within_days before the first start to after_days behind it. Where the
-- results that are known do not reach back so far, nobody can say that there was none, and there is no row.
WITH asking AS (
    SELECT
        l.facility,
        k.measuring_id,
        k.exposure_group,
        coalesce(k.exposure_begins, '') AS exposure_begins,
        k.asks,
        k.analyte,
        coalesce(l.within_days, k.within_days) AS within_days,
        coalesce(k.after_days, 0) AS after_days,
        k.certainty,
        l.approved_by
    FROM knowledge.local_measuring AS l
    INNER JOIN knowledge.measuring AS k ON l.measuring_id = k.measuring_id
),

exposed AS (
    SELECT
        e.patient_key,
        a.*,
        min(coalesce(e.start_date, e.mentioned_on)) AS started_on,
        bool_or(e.start_date IS NOT NULL) AS is_start_known
    FROM core.exposure AS e
    CROSS JOIN run.clock AS c
    INNER JOIN asking AS a
        ON
            e.facility = a.facility AND e.exposure_group = a.exposure_group
            AND starts_with(e.exposure_id, a.exposure_begins)
    WHERE e.effect IS DISTINCT FROM 'suspected' AND e.effect IS NOT NULL
    GROUP BY ALL
    HAVING started_on <= any_value(c.as_of)
    AND bool_or(e.active_until IS NULL OR e.active_until >= c.as_of)
),

first_result AS (
    SELECT
        analyte,
        min(collected_at)::DATE AS first_on
    FROM core.measurement
    WHERE series = 'total'
    GROUP BY analyte
),

measured AS (
    SELECT
        e.patient_key,
        e.facility,
        e.measuring_id,
        max(m.collected_at)::DATE AS last_measured_on,
        coalesce(bool_or(
            m.collected_at::DATE
            BETWEEN e.started_on - e.within_days AND e.started_on + e.after_days
        ), FALSE) AS has_baseline
    FROM exposed AS e
    CROSS JOIN run.clock AS c
    LEFT JOIN core.measurement AS m
        ON
            e.patient_key = m.patient_key AND e.analyte = m.analyte AND m.series = 'total'
            AND m.collected_at::DATE <= c.as_of
    GROUP BY e.patient_key, e.facility, e.measuring_id
),

due AS (
    SELECT
        e.*,
        m.last_measured_on,
        c.as_of,
        CASE e.asks
            WHEN 'baseline' THEN e.started_on + e.after_days
            ELSE greatest(e.started_on, m.last_measured_on) + e.within_days
        END AS due_on,
        if(
            e.asks = 'baseline',
            NOT m.has_baseline,
            greatest(e.started_on, m.last_measured_on) + e.within_days <= c.as_of
        ) AS is_missing
    FROM exposed AS e
    CROSS JOIN run.clock AS c
    INNER JOIN measured AS m
        ON
            e.patient_key = m.patient_key AND e.facility = m.facility
            AND e.measuring_id = m.measuring_id
    INNER JOIN first_result AS f ON e.analyte = f.analyte
    WHERE
        f.first_on <= if(e.asks = 'baseline', e.started_on - e.within_days, c.as_of - e.within_days)
        AND (
            e.asks = 'interval' OR (e.is_start_known AND e.started_on + e.after_days <= c.as_of)
        )
)

SELECT
    d.patient_key,
    p.patient_id,
    p.assigning_authority,
    d.facility,
    k.clinic,
    d.measuring_id,
    d.exposure_group,
    d.asks,
    d.analyte,
    d.within_days,
    d.certainty,
    d.approved_by,
    d.started_on,
    d.last_measured_on,
    d.due_on,
    d.is_missing,
    d.as_of
FROM due AS d
LEFT JOIN core.patient AS p ON d.patient_key = p.patient_key
LEFT JOIN knowledge.facility AS k ON d.facility = k.facility
