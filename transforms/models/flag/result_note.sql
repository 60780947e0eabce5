-- flag.result_note: what the checks say of a result that a course cites, in sentences
-- grain: measurement_id
-- A warning is carried to the flags it touches. Sentences are knowledge.quality_note; those of a
-- whole delivery (run.delivery_note) and of a file that a person let through (run.release) stay with
-- its results for ever.
WITH step AS (
    SELECT DISTINCT
        unnest([
            s.igg_measurement_id, s.iga_measurement_id, s.igm_measurement_id, s.ige_measurement_id
        ]) AS measurement_id
    FROM flag.step AS s
),

cited AS (
    SELECT m.*
    FROM core.measurement AS m
    SEMI JOIN step ON m.measurement_id = step.measurement_id
),

noted AS (
    SELECT
        c.measurement_id,
        'level_' || s.suspicion AS note_code,
        if(
            s.suspicion = 'step', format('{:+.0f}', 100 * (s.ratio - 1)),
            format('{:.3g}', s.ratio)
        ) AS detail
    FROM cited AS c
    INNER JOIN level.median_shift AS s
        ON
            c.facility = s.facility AND c.analyte = s.analyte
            AND date_trunc('month', c.collected_at) = s.month
    WHERE
        c.series = 'total' AND NOT s.is_new_batch
        AND s.suspicion IN ('unit_swap', 'possible_unit_swap', 'step')
    UNION ALL
    SELECT
        measurement_id,
        'reported_before_collection' AS note_code,
        NULL AS detail
    FROM cited
    WHERE resulted_at < collected_at AND resulted_at > resulted_at::DATE
    UNION ALL
    SELECT
        c.measurement_id,
        'unit_slip' AS note_code,
        NULL AS detail
    FROM cited AS c
    INNER JOIN lookup.source AS s ON c.source_sha256 = s.source_sha256 AND c.facility = s.facility
    INNER JOIN result.unit_slip AS u
        ON result_number(s.source_number, c.position) = u.result_number
    WHERE NOT u.is_held
    UNION ALL
    SELECT
        unnest([g.measurement_id, m.measurement_id]) AS measurement_id,
        'igg_igm_exchanged' AS note_code,
        NULL AS detail
    FROM cited AS g
    INNER JOIN cited AS m
        ON
            g.patient_key = m.patient_key AND g.collected_at = m.collected_at
            AND g.series = 'total' AND m.series = 'total'
    WHERE
        g.analyte = 'igg' AND m.analyte = 'igm'
        AND g.value_g_per_l BETWEEN m.lower_limit_min AND m.upper_limit_max
        AND m.value_g_per_l BETWEEN g.lower_limit_min AND g.upper_limit_max
        AND NOT coalesce(g.value_g_per_l BETWEEN g.lower_limit_min AND g.upper_limit_max, FALSE)
        AND NOT coalesce(m.value_g_per_l BETWEEN m.lower_limit_min AND m.upper_limit_max, FALSE)
    UNION ALL
    SELECT
        measurement_id,
        'sex_not_known' AS note_code,
        NULL AS detail
    FROM cited
    WHERE sex NOT IN ('F', 'M')
    UNION ALL
    SELECT
        measurement_id,
        'birth_date_default' AS note_code,
        NULL AS detail
    FROM cited
    WHERE month(birth_date) = 1 AND day(birth_date) = 1
    UNION ALL
    SELECT
        c.measurement_id,
        'file_released' AS note_code,
        r.released_by || ' on ' || r.released_at::DATE AS detail
    FROM cited AS c
    INNER JOIN run.release AS r
        ON c.facility = r.facility AND c.source_sha256 = r.source_sha256
    UNION ALL
    SELECT
        c.measurement_id,
        'delivery_warning' AS note_code,
        d.note AS detail
    FROM cited AS c
    INNER JOIN run.delivery_note AS d
        ON c.facility = d.facility AND c.source_sha256 = d.source_sha256
),

worded AS (
    SELECT DISTINCT
        n.measurement_id,
        n.note_code,
        replace(q.sentence, '{detail}', coalesce(n.detail, '')) AS sentence
    FROM noted AS n
    INNER JOIN knowledge.quality_note AS q ON n.note_code = q.note_code
)

SELECT
    measurement_id,
    string_agg(sentence, '; ' ORDER BY note_code, sentence) AS quality_note
FROM worded
GROUP BY measurement_id
