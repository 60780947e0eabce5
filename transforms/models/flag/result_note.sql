-- flag.result_note: what the checks say of a result that a course cites, in sentences
-- grain: measurement_id
-- A warning is carried to the flags it touches. Sentences are knowledge.quality_note; those of a
-- whole delivery (run.delivery_note) and of a file that a person let through (run.release) stay with
-- its results for ever. What is said of a file or a month is put into words once for all its results,
-- and no result is grouped: so memory does not grow with how many are cited.
WITH word AS (
    SELECT map_from_entries(list(struct_pack(k := note_code, v := sentence))) AS of_code
    FROM knowledge.quality_note
),

step AS (
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

said_of_file AS (
    SELECT
        facility,
        source_sha256,
        'file_released' AS note_code,
        released_by || ' on ' || released_at::DATE AS detail
    FROM run.release
    UNION
    SELECT
        facility,
        source_sha256,
        'delivery_warning' AS note_code,
        note AS detail
    FROM run.delivery_note
),

of_file AS (
    SELECT
        facility,
        source_sha256,
        list(struct_pack(
            note_code := note_code,
            sentence := replace(word.of_code[note_code], '{detail}', coalesce(detail, ''))
        )) AS notes
    FROM said_of_file
    CROSS JOIN word
    GROUP BY facility, source_sha256
),

of_month AS (
    SELECT
        s.facility,
        s.analyte,
        s.month,
        list(struct_pack(
            note_code := 'level_' || s.suspicion,
            sentence := replace(
                word.of_code['level_' || s.suspicion], '{detail}',
                if(
                    s.suspicion = 'step', format('{:+.0f}', 100 * (s.ratio - 1)),
                    format('{:.3g}', s.ratio)
                )
            )
        )) AS notes
    FROM level.median_shift AS s
    CROSS JOIN word
    WHERE NOT s.is_new_batch AND s.suspicion IN ('unit_swap', 'possible_unit_swap', 'step')
    GROUP BY s.facility, s.analyte, s.month
),

slipped AS (
    SELECT c.measurement_id
    FROM cited AS c
    INNER JOIN lookup.source AS s ON c.source_sha256 = s.source_sha256 AND c.facility = s.facility
    INNER JOIN result.unit_slip AS u
        ON result_number(s.source_number, c.position) = u.result_number
    WHERE NOT u.is_held
),

exchanged AS (
    SELECT DISTINCT unnest([g.measurement_id, m.measurement_id]) AS measurement_id
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
),

of_result AS (
    SELECT
        c.measurement_id,
        coalesce(f.notes, []) || coalesce(l.notes, [])
        || list_transform(
            list_filter(
                [
                    if(
                        c.resulted_at < c.collected_at AND c.resulted_at > c.resulted_at::DATE,
                        'reported_before_collection', NULL
                    ),
                    if(s.measurement_id IS NOT NULL, 'unit_slip', NULL),
                    if(e.measurement_id IS NOT NULL, 'igg_igm_exchanged', NULL),
                    if(c.sex NOT IN ('F', 'M'), 'sex_not_known', NULL),
                    if(
                        month(c.birth_date) = 1 AND day(c.birth_date) = 1,
                        'birth_date_default', NULL
                    )
                ],
                LAMBDA code: code IS NOT NULL
            ),
            LAMBDA code: struct_pack(note_code := code, sentence := word.of_code[code])
        ) AS notes
    FROM cited AS c
    CROSS JOIN word
    LEFT JOIN of_file AS f ON c.facility = f.facility AND c.source_sha256 = f.source_sha256
    LEFT JOIN of_month AS l
        ON
            c.facility = l.facility AND c.analyte = l.analyte
            AND date_trunc('month', c.collected_at) = l.month AND c.series = 'total'
    LEFT JOIN slipped AS s ON c.measurement_id = s.measurement_id
    LEFT JOIN exchanged AS e ON c.measurement_id = e.measurement_id
)

SELECT
    measurement_id,
    array_to_string(
        list_transform(list_sort(list_distinct(notes)), LAMBDA note: note.sentence), '; '
    ) AS quality_note
FROM of_result
WHERE len(notes) > 0
