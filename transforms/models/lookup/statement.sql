-- lookup.statement: what each text beside a result says of its test, specimen, unit and direction
-- grain: text_number, topic, field, statement
-- A sender says the same things in several places. A row is one place (in HL7's words), the text that
-- stands there, and what it says: one meaning, or the several that it leaves open. A text that says
-- nothing known here has no row. To hear another place too, add it to `single` or `several`;
-- lookup.contradiction compares them all. Only of codes that may be an immunoglobulin's.
WITH sent AS (
    SELECT
        t.*,
        if(t.units IS NULL, u.unit, NULL) AS unit_default,
        k.specimen_default
    FROM lookup.result_text AS t
    INNER JOIN knowledge.facility AS k ON t.facility = k.facility
    LEFT JOIN knowledge.unit_default AS u
        ON t.facility = u.facility AND t.observation_identifier = u.code
    INNER JOIN lookup.code_decision AS d
        ON
            t.facility = d.facility
            AND t.observation_identifier IS NOT DISTINCT FROM d.observation_identifier
            AND t.coding_system IS NOT DISTINCT FROM d.coding_system
            AND t.observation_text IS NOT DISTINCT FROM d.observation_text
            AND t.alternate_identifier IS NOT DISTINCT FROM d.alternate_identifier
            AND t.alternate_text IS NOT DISTINCT FROM d.alternate_text
            AND t.alternate_coding_system IS NOT DISTINCT FROM d.alternate_coding_system
    WHERE d.reason_code IS NULL OR d.reason_code = 'code_and_name_disagree'
),

-- one place a row of its own. part: what kind of text stands there; a code beside which there is no name
-- is read as a name too
single AS (
    SELECT
        text_number,
        facility,
        unnest([
            {
                'part': 'code', 'field': 'OBX-3.1', 'said': observation_identifier,
                'is_name': observation_text IS NULL
            },
            { 'part': 'code', 'field': 'OBX-3.2', 'said': observation_text, 'is_name': TRUE },
            {
                'part': 'code', 'field': 'OBX-3.4', 'said': alternate_identifier,
                'is_name': alternate_text IS NULL
            },
            { 'part': 'code', 'field': 'OBX-3.5', 'said': alternate_text, 'is_name': TRUE },
            {
                'part': 'service', 'field': 'OBR-4', 'said': universal_service_identifier,
                'is_name': FALSE
            },
            {
                'part': 'specimen', 'field': 'specimen_default', 'said': specimen_default,
                'is_name': FALSE
            },
            { 'part': 'unit', 'field': 'OBX-6', 'said': units, 'is_name': FALSE },
            { 'part': 'unit', 'field': 'unit_default', 'said': unit_default, 'is_name': FALSE },
            { 'part': 'range', 'field': 'OBX-7', 'said': references_range, 'is_name': FALSE }
        ]) AS spot
    FROM sent
),

-- what holds several places: HL7's long fields in lines (`OBX-6.4 g/L`), specimens and flags apart by ~
several AS (
    SELECT
        text_number,
        facility,
        unnest([
            { 'part': 'code', 'field': NULL, 'texts': string_split(further_identifiers, chr(10)) },
            { 'part': 'service', 'field': NULL, 'texts': string_split(further_services, chr(10)) },
            { 'part': 'specimen', 'field': NULL, 'texts': string_split(further_specimens, chr(10)) },
            { 'part': 'unit', 'field': NULL, 'texts': string_split(further_units, chr(10)) },
            {
                'part': 'specimen', 'field': 'SPM-4',
                'texts': if(further_specimens IS NULL, string_split(specimen_type, '~'), NULL)
            },
            { 'part': 'flag', 'field': 'OBX-8', 'texts': string_split(abnormal_flags, '~') }
        ]) AS spot
    FROM sent
),

numbered AS (
    SELECT
        text_number,
        facility,
        spot.part,
        spot.field,
        unnest(spot.texts) AS said,
        generate_subscripts(spot.texts, 1) AS number
    FROM several
),

place AS (
    SELECT
        text_number,
        facility,
        spot.part,
        spot.field,
        spot.said,
        spot.is_name
    FROM single
    WHERE spot.said IS NOT NULL
    UNION ALL
    SELECT
        text_number,
        facility,
        part,
        CASE
            WHEN field IS NULL THEN split_part(said, ' ', 1)
            WHEN number = 1 THEN field
            ELSE field || '[' || number || ']'
        END AS field,
        if(field IS NULL, substr(said, strpos(said, ' ') + 1), said) AS said,
        part = 'code' AS is_name
    FROM numbered
),

said AS (
    SELECT DISTINCT said, lower(said) AS name
    FROM place
    WHERE part IN ('code', 'service', 'specimen')
),

-- the immunoglobulins that a name names, or something else
named AS (
    SELECT
        s.said,
        if(
            bool_or(p.is_exclusion), ['something else'],
            list_sort(list(DISTINCT p.analyte) FILTER (WHERE p.analyte IS NOT NULL))
        ) AS says
    FROM said AS s
    INNER JOIN knowledge.name_pattern AS p ON regexp_matches(s.name, p.pattern)
    GROUP BY s.said
),

-- the specimens that words name: a serum beside another is not heard. is_battery: serum and what is
-- drawn beside it for comparison, as in "CSF and serum IgG"; it says nothing of one result.
worded AS (
    SELECT
        s.said,
        list_sort(list(DISTINCT p.specimen_class) FILTER (WHERE NOT p.is_accepted)) AS others,
        bool_or(p.is_accepted) AND bool_and(p.is_paired) AND others IS NOT NULL AS is_battery
    FROM said AS s
    INNER JOIN knowledge.specimen_pattern AS p ON regexp_matches(s.name, p.pattern)
    GROUP BY s.said
),

-- units that convert alike for any analyte (mg/mL and g/L) say the same
unit AS (
    SELECT
        s.as_sent,
        coalesce(
            list(DISTINCT c.analyte || ' ' || c.factor) FILTER (WHERE c.analyte IS NOT NULL),
            [any_value(s.unit_ucum)]
        ) AS says
    FROM knowledge.unit_spelling AS s
    LEFT JOIN knowledge.unit_conversion AS c ON s.unit_ucum = c.unit_ucum
    GROUP BY s.as_sent
),

unit_within AS (
    SELECT
        p.text_number,
        p.field,
        p.said,
        flatten(list(u.says)) AS says
    FROM (
        SELECT *, unnest(units_in(said)) AS stated
        FROM place
        WHERE part IN ('range', 'code')
    ) AS p
    INNER JOIN unit AS u ON unit_spelling(p.stated) = u.as_sent
    GROUP BY ALL
),

local_code AS (
    SELECT
        m.facility,
        m.code,
        coalesce(c.analyte, m.analyte) AS analyte
    FROM knowledge.local_code AS m
    LEFT JOIN knowledge.code AS c ON m.loinc = c.code AND c.code_system = 'LN'
)

SELECT
    p.text_number,
    'test' AS topic,
    p.field,
    p.said || ' (' || m.analyte || ')' AS statement,
    [m.analyte] AS says
FROM place AS p
INNER JOIN local_code AS m ON p.facility = m.facility AND p.said = m.code
WHERE p.part = 'code' AND m.analyte IS NOT NULL
UNION
SELECT
    p.text_number,
    'test' AS topic,
    p.field,
    p.said || ' (' || coalesce(c.analyte, c.name) || ')' AS statement,
    [coalesce(c.analyte, 'something else')] AS says
FROM place AS p
INNER JOIN knowledge.code AS c
    ON p.said = c.code AND c.code_system = 'LN' AND c.decision IN ('accept', 'own_series', 'reject')
ANTI JOIN local_code AS m ON p.facility = m.facility AND p.said = m.code
WHERE p.part = 'code'
UNION
SELECT
    p.text_number,
    'test' AS topic,
    p.field,
    p.said || ' (' || list_aggregate(n.says, 'string_agg', ', ') || ')' AS statement,
    n.says
FROM place AS p
INNER JOIN named AS n ON p.said = n.said
ANTI JOIN local_code AS m ON p.facility = m.facility AND p.said = m.code
WHERE p.is_name
UNION
SELECT
    p.text_number,
    'specimen' AS topic,
    p.field,
    p.said || ' (' || s.specimen_class || ')' AS statement,
    [if(s.is_accepted, 'blood', s.specimen_class)] AS says
FROM place AS p
INNER JOIN knowledge.specimen AS s ON lower(trim(p.said)) = s.as_sent
WHERE p.part = 'specimen'
UNION
SELECT
    p.text_number,
    'specimen' AS topic,
    p.field,
    p.said || ' (' || coalesce(list_aggregate(w.others, 'string_agg', ', '), 'serum') || ')' AS statement,
    coalesce(w.others, ['blood']) AS says
FROM place AS p
INNER JOIN worded AS w ON p.said = w.said
ANTI JOIN knowledge.specimen AS s ON p.part = 'specimen' AND lower(trim(p.said)) = s.as_sent
WHERE
    (p.part = 'specimen' AND w.others IS NOT NULL)
    OR (p.part = 'service' AND NOT w.is_battery)
    OR (p.part = 'code' AND p.is_name AND NOT w.is_battery)
UNION
SELECT
    p.text_number,
    'specimen' AS topic,
    p.field,
    p.said || ' (' || c.specimen_class || ')' AS statement,
    [c.specimen_class] AS says
FROM place AS p
INNER JOIN knowledge.code AS c
    ON p.said = c.code AND c.code_system = 'LN' AND c.specimen_class <> 'serum'
WHERE p.part = 'service'
UNION
SELECT
    p.text_number,
    'unit' AS topic,
    p.field,
    p.said AS statement,
    u.says
FROM place AS p
INNER JOIN unit AS u ON unit_spelling(p.said) = u.as_sent
WHERE p.part = 'unit'
UNION
SELECT
    text_number,
    'unit' AS topic,
    field,
    said AS statement,
    says
FROM unit_within
UNION
SELECT
    p.text_number,
    'flag' AS topic,
    p.field,
    p.said AS statement,
    [f.interpretation] AS says
FROM place AS p
INNER JOIN knowledge.abnormal_flag AS f ON upper(trim(p.said)) = f.as_sent
WHERE p.part = 'flag'
