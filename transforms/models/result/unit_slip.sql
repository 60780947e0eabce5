-- result.unit_slip: results a factor of 10, 100 or 1000 off the person's earlier results, and which are held
-- grain: result_number
-- Units differ by such factors. Rules 8: a ratio within 5 % of one puts the unit in doubt; a ratio of 10
-- only between different units as sent. Rules 2026.2, 2: only the later result is held, only where the
-- text of its unit differs from the earlier one's or is missing, and nothing explains a real change
-- (replacement, an exposure that lowers the isotype, an age under 2 years); else it is a note. It is held
-- when it contradicts at least as many of the person's earlier results as it agrees with; what is held
-- at once is no earlier result for those after it. IgE may truly vary so much.
WITH tolerated AS (
    SELECT
        parameter('*', 'unit_slip_ratio_tolerance') AS ratio,
        parameter('*', 'unit_slip_from_age_days') AS from_age_days
),

-- of all versions, so that this is one pass over result.version: those replaced fall out below
wide AS (
    SELECT
        r.person_number,
        f.analyte,
        f.series
    FROM result.version AS r
    INNER JOIN lookup.result_meaning AS f ON r.text_number = f.text_number
    WHERE
        r.reason_code IS NULL AND r.value_comparator IS NULL AND r.value_normalised > 0
        AND f.unit_normalised = 'g/L'
    GROUP BY ALL
    HAVING max(r.value_normalised) > 9 * min(r.value_normalised)
),

in_wide_range AS (
    SELECT
        i.result_number,
        i.person_number,
        i.analyte,
        i.series,
        i.collected_at,
        i.age_days,
        i.unit_ucum,
        trim(f.units) AS unit_text,
        i.value_normalised
    FROM result.usable AS i
    SEMI JOIN wide AS w
        ON i.person_number = w.person_number AND i.analyte = w.analyte AND i.series = w.series
    LEFT JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
    WHERE i.value_comparator IS NULL AND i.value_normalised > 0 AND i.unit_normalised = 'g/L'
),

compared AS (
    SELECT
        r.result_number,
        r.person_number,
        r.analyte,
        r.age_days,
        r.collected_at,
        earlier.result_number AS earlier_number,
        earlier.collected_at AS earlier_at,
        coalesce(r.unit_text <> earlier.unit_text, TRUE) AS is_other_text,
        r.unit_ucum <> earlier.unit_ucum AS is_other_unit,
        abs(log10(r.value_normalised / earlier.value_normalised)) AS decades
    FROM in_wide_range AS r
    INNER JOIN in_wide_range AS earlier
        ON
            r.person_number = earlier.person_number AND r.analyte = earlier.analyte
            AND r.series = earlier.series AND r.collected_at > earlier.collected_at
),

changed AS (
    SELECT
        c.*,
        c.decades < 0.5 AS is_agreeing,
        round(c.decades) BETWEEN if(c.is_other_unit, 1, 2) AND 3
        AND abs(c.decades - round(c.decades)) <= log10(1 + t.ratio) AS is_off,
        coalesce(c.age_days < t.from_age_days, FALSE) AS is_young
    FROM compared AS c
    CROSS JOIN tolerated AS t
),

explained AS (
    SELECT DISTINCT
        c.result_number,
        c.earlier_number
    FROM changed AS c
    INNER JOIN identity.person AS p ON c.person_number = p.rowid
    INNER JOIN core.exposure AS e
        ON
            p.patient_key = e.patient_key
            AND coalesce(e.start_date <= c.collected_at::DATE, TRUE)
            AND coalesce(e.active_until >= c.earlier_at::DATE, TRUE)
    WHERE
        c.is_off
        AND (
            e.effect = 'immunoglobulin_replacement'
            OR CASE c.analyte
                WHEN 'igg' THEN e.lowers_igg
                WHEN 'iga' THEN e.lowers_iga
                WHEN 'igm' THEN e.lowers_igm
            END
        )
),

doubted AS (
    SELECT
        c.*,
        c.is_off AND c.is_other_text AND NOT c.is_young AND e.result_number IS NULL AS is_contradicting
    FROM changed AS c
    LEFT JOIN explained AS e
        ON c.result_number = e.result_number AND c.earlier_number = e.earlier_number
),

held_at_once AS (
    SELECT result_number
    FROM doubted
    GROUP BY result_number
    HAVING count(*) FILTER (WHERE is_contradicting) > count(*) FILTER (WHERE is_agreeing)
)

SELECT
    d.result_number,
    count(*) FILTER (WHERE d.is_contradicting AND h.result_number IS NULL) > 0
    AND count(*) FILTER (WHERE d.is_contradicting AND h.result_number IS NULL)
    >= count(*) FILTER (WHERE d.is_agreeing AND h.result_number IS NULL) AS is_held
FROM doubted AS d
LEFT JOIN held_at_once AS h ON d.earlier_number = h.result_number
WHERE d.is_off OR d.is_agreeing
GROUP BY d.result_number
HAVING bool_or(d.is_off)
