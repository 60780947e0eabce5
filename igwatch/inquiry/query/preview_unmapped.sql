-- what nobody has mapped, with what knowledge suggests; nothing of it is ever applied by itself
-- grain: code, code_system, test_name, units, reason_code
-- A code: the immunoglobulin that its name says. A unit: the spelling it is nearest to, and the units
-- in which the ranges printed beside it would be an adult's.
WITH parameter AS (
    SELECT max(value) FILTER (WHERE parameter = 'adult_range_match_log10') AS adult_match
    FROM knowledge.rule_parameter
),

unmapped AS (
    SELECT
        d.reason_code,
        o.observation_identifier AS code,
        o.coding_system AS code_system,
        o.observation_text AS test_name,
        o.units,
        lower(coalesce(o.observation_text, o.observation_identifier)) AS name,
        lower(regexp_replace(o.units, '\s', '', 'g')) AS bare_unit,
        any_value(d.analyte) AS analyte,
        any_value(f.reference_set) AS reference_set,
        any_value(f.decimal_mark) AS decimal_mark,
        mode(o.references_range) AS references_range,
        count(*) AS n
    FROM result.disposition AS d
    INNER JOIN raw.observation AS o
        ON
            d.facility = o.facility AND d.source_sha256 = o.source_sha256
            AND d.position = o.position
    INNER JOIN lookup.source AS f
        ON o.facility = f.facility AND o.source_sha256 = f.source_sha256
    WHERE
        d.reason_code IN (
            'unmapped_code', 'unmapped_unit', 'unit_missing', 'code_and_name_disagree'
        )
    GROUP BY ALL
),

named AS (
    SELECT
        u.name,
        string_agg(DISTINCT p.analyte, ' or ' ORDER BY p.analyte) AS analyte
    FROM (SELECT DISTINCT name FROM unmapped) AS u
    INNER JOIN knowledge.name_pattern AS p ON regexp_matches(u.name, p.pattern)
    WHERE NOT p.is_exclusion
    GROUP BY u.name
),

spelt AS (
    SELECT
        u.bare_unit,
        arg_max(s.unit_ucum, jaro_winkler_similarity(u.bare_unit, s.as_sent)) AS unit_ucum
    FROM (SELECT DISTINCT bare_unit FROM unmapped) AS u
    INNER JOIN knowledge.unit_spelling AS s
        ON jaro_winkler_similarity(u.bare_unit, s.as_sent) >= 0.8
    GROUP BY u.bare_unit
),

ranged AS (
    SELECT
        u.references_range,
        u.analyte,
        string_agg(DISTINCT c.unit_ucum, ' or ' ORDER BY c.unit_ucum) AS unit_ucum
    FROM unmapped AS u
    CROSS JOIN parameter AS p
    INNER JOIN lookup.printed_range AS r
        ON u.decimal_mark = r.decimal_mark AND u.references_range = r.references_range
    INNER JOIN knowledge.unit_conversion AS c ON u.analyte = c.analyte
    INNER JOIN lookup.adult_limit AS a
        ON u.reference_set = a.reference_set AND u.analyte = a.analyte
    WHERE
        abs(log10(r.range_high * c.factor / a.adult_upper_limit)) <= p.adult_match
        AND r.range_low > 0
        AND abs(log10(r.range_low * c.factor / a.adult_lower_limit)) <= p.adult_match
    GROUP BY u.references_range, u.analyte
)

SELECT
    u.code,
    u.code_system,
    u.test_name,
    u.units,
    u.references_range,
    u.reason_code,
    u.n,
    CASE
        WHEN u.reason_code IN ('unmapped_code', 'code_and_name_disagree')
            THEN 'its name says ' || n.analyte
        ELSE concat_ws(
            '; ', 'spelt like ' || s.unit_ucum, 'its range is an adult''s in ' || r.unit_ucum
        )
    END AS hint,
    CASE u.reason_code
        WHEN 'unmapped_code' THEN 'code_map: {"' || u.code || '": ' || n.analyte || '}'
        WHEN 'unit_missing'
            THEN 'unit_default: {"' || u.code || '": {unit: ..., approved_by: ...}}'
        WHEN 'unmapped_unit'
            THEN if(
                regexp_full_match(u.units, '\d+'),
                'unit_map: {"' || u.units || '": ...}; ',
                ''
            ) || 'unit_spelling.csv: ' || u.bare_unit || ',' || coalesce(s.unit_ucum, '...')
        ELSE 'ask the laboratory which of the two is right'
    END AS suggestion
FROM unmapped AS u
LEFT JOIN named AS n ON u.name = n.name
LEFT JOIN spelt AS s ON u.bare_unit = s.bare_unit
LEFT JOIN ranged AS r ON u.references_range = r.references_range AND u.analyte = r.analyte
ORDER BY u.n DESC, u.code, u.units, u.reason_code
