-- lookup.code_decision: what each combination of code and name that a facility sent means
-- grain: facility, observation_identifier, coding_system, observation_text, alternate_identifier,
--        alternate_text, alternate_coding_system
-- The facility's own map first, then LOINC by exact code; a name never maps. A name that says
-- another immunoglobulin than the code holds the result; a name that looks like an immunoglobulin
-- whose code nobody mapped goes to the worklist, and so does a code that looks like one (IGMQT).
WITH sent AS (
    SELECT DISTINCT
        facility,
        observation_identifier,
        coding_system,
        observation_text,
        alternate_identifier,
        alternate_text,
        alternate_coding_system,
        lower(coalesce(
            nullif(concat_ws(' ', observation_text, alternate_text), ''), observation_identifier, ''
        )) AS name
    FROM lookup.result_text
),

looked_up AS (
    SELECT
        s.*,
        local_code.code AS local_code,
        coalesce(by_local.analyte, local_code.analyte) AS local_analyte,
        coalesce(by_local.decision, 'accept') AS local_decision,
        coalesce(by_local.series, 'total') AS local_series,
        by_local.reason_code AS local_reason,
        coalesce(first_code.code, second_code.code) AS loinc,
        coalesce(first_code.analyte, second_code.analyte) AS loinc_analyte,
        coalesce(first_code.decision, second_code.decision) AS loinc_decision,
        coalesce(first_code.series, second_code.series) AS loinc_series,
        coalesce(first_code.reason_code, second_code.reason_code) AS loinc_reason,
        damaged.reason_code AS damaged_reason
    FROM sent AS s
    LEFT JOIN knowledge.local_code AS local_code
        ON s.facility = local_code.facility AND s.observation_identifier = local_code.code
    LEFT JOIN knowledge.code AS by_local
        ON local_code.loinc = by_local.code AND by_local.code_system = 'LN'
    LEFT JOIN knowledge.coding_system AS first_system
        ON upper(trim(s.coding_system)) = first_system.as_sent
    LEFT JOIN knowledge.coding_system AS second_system
        ON upper(trim(s.alternate_coding_system)) = second_system.as_sent
    LEFT JOIN knowledge.code AS first_code
        ON
            s.observation_identifier = first_code.code
            AND first_code.code_system
            = if(s.coding_system IS NULL, 'LN', first_system.code_system)
    LEFT JOIN knowledge.code AS second_code
        ON
            s.alternate_identifier = second_code.code
            AND second_system.code_system = second_code.code_system
    LEFT JOIN knowledge.code AS damaged
        ON s.observation_identifier = damaged.code AND damaged.code_system = '*'
),

named AS (
    SELECT
        n.name,
        list(DISTINCT p.analyte) FILTER (NOT p.is_exclusion AND p.analyte IS NOT NULL) AS analytes,
        coalesce(bool_or(p.is_exclusion), FALSE) AS is_something_else
    FROM (
        SELECT name FROM sent
        UNION
        SELECT lower(observation_identifier) FROM sent
    ) AS n
    INNER JOIN knowledge.name_pattern AS p ON regexp_matches(n.name, p.pattern)
    GROUP BY n.name
),

decided AS (
    SELECT
        l.*,
        coalesce(l.local_code, l.loinc) AS code,
        if(l.local_code IS NOT NULL, l.local_analyte, l.loinc_analyte) AS analyte,
        if(l.local_code IS NOT NULL, l.local_decision, l.loinc_decision) AS decision,
        if(l.local_code IS NOT NULL, l.local_series, l.loinc_series) AS series,
        if(l.local_code IS NOT NULL, l.local_reason, l.loinc_reason) AS code_reason,
        if(l.local_code IS NOT NULL, l.facility, 'LN') AS code_system,
        coalesce(n.analytes, []) AS named_analytes,
        coalesce(n.is_something_else, FALSE) AS is_something_else,
        coalesce(len(c.analytes) > 0 AND NOT c.is_something_else, FALSE) AS is_named_by_code
    FROM looked_up AS l
    LEFT JOIN named AS n ON l.name = n.name
    LEFT JOIN named AS c ON lower(l.observation_identifier) = c.name
)

SELECT
    facility,
    observation_identifier,
    coding_system,
    observation_text,
    alternate_identifier,
    alternate_text,
    alternate_coding_system,
    code,
    code_system,
    analyte,
    series,
    CASE
        WHEN damaged_reason IS NOT NULL AND code IS NULL THEN damaged_reason
        WHEN
            decision IN ('accept', 'own_series') AND len(named_analytes) > 0
            AND NOT list_contains(named_analytes, analyte) THEN 'code_and_name_disagree'
        WHEN decision IN ('accept', 'own_series') AND is_something_else
            THEN 'code_and_name_disagree'
        WHEN decision IN ('accept', 'own_series') THEN NULL
        WHEN decision IN ('reject', 'hold', 'panel') THEN code_reason
        WHEN
            (len(named_analytes) > 0 OR is_named_by_code) AND NOT is_something_else
            THEN 'unmapped_code'
        ELSE 'other_test'
    END AS reason_code
FROM decided
