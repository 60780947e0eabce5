-- lookup.statement: what each text beside a result says of its test, specimen, unit and direction
-- grain: text_number, topic, field, statement
-- A sender says the same things in several places. A row is one place (in HL7's words), the text that
-- stands there, and what it says: one meaning, or the several that it leaves open. A text that says
-- nothing known here has no row. To hear another place too, add a SELECT to `place`;
-- lookup.contradiction compares them all. Only of codes that may be an immunoglobulin's.
WITH sent AS (
    SELECT t.*
    FROM lookup.result_text AS t
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

-- HL7's long fields in lines: `OBX-6.4 g/L`
line AS (
    SELECT
        text_number,
        facility,
        unnest(['code', 'service', 'specimen', 'unit']) AS part,
        unnest([
            further_identifiers, further_services, further_specimens, further_units
        ]) AS lines
    FROM sent
),

further AS (
    SELECT
        text_number,
        facility,
        part,
        unnest(string_split(lines, chr(10))) AS line
    FROM line
    WHERE lines IS NOT NULL
),

flag AS (
    SELECT
        text_number,
        facility,
        string_split(abnormal_flags, '~') AS flags
    FROM sent
    WHERE abnormal_flags IS NOT NULL
),

-- part: what kind of text stands there. A code beside which there is no name is read as a name too.
place AS (
    SELECT
        text_number,
        facility,
        part,
        split_part(line, ' ', 1) AS field,
        substr(line, strpos(line, ' ') + 1) AS said,
        part = 'code' AS is_name
    FROM further
    UNION ALL
    SELECT text_number, facility, 'code', 'OBX-3.1', observation_identifier, observation_text IS NULL
    FROM sent
    UNION ALL
    SELECT text_number, facility, 'code', 'OBX-3.2', observation_text, TRUE
    FROM sent
    UNION ALL
    SELECT text_number, facility, 'code', 'OBX-3.4', alternate_identifier, alternate_text IS NULL
    FROM sent
    UNION ALL
    SELECT text_number, facility, 'code', 'OBX-3.5', alternate_text, TRUE
    FROM sent
    UNION ALL
    SELECT text_number, facility, 'service', 'OBR-4', universal_service_identifier, FALSE
    FROM sent
    UNION ALL
    SELECT
        text_number, facility, 'specimen', 'SPM-4', unnest(string_split(specimen_type, '~')), FALSE
    FROM sent
    WHERE further_specimens IS NULL
    UNION ALL
    SELECT text_number, facility, 'unit', 'OBX-6', units, FALSE
    FROM sent
    UNION ALL
    SELECT s.text_number, s.facility, 'unit', 'unit_default', d.unit, FALSE
    FROM sent AS s
    INNER JOIN knowledge.unit_default AS d
        ON s.facility = d.facility AND s.observation_identifier = d.code
    WHERE s.units IS NULL
    UNION ALL
    SELECT text_number, facility, 'range', 'OBX-7', references_range, FALSE
    FROM sent
    UNION ALL
    SELECT
        text_number,
        facility,
        'flag',
        if(number = 1, 'OBX-8', 'OBX-8[' || number || ']'),
        flags[number],
        FALSE
    FROM (SELECT *, unnest(range(1, len(flags) + 1)) AS number FROM flag)
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
