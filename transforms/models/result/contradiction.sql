-- result.contradiction: results not used because the sender contradicts itself, with both statements
-- grain: result_number
-- view: of the few results that are not used for such a reason
-- What texts say is compared in lookup.contradiction; here stand, beside it, the statements that depend
-- on the value or the age. Fields are HL7's, or the columns of a delimited file.
WITH fault AS (
    SELECT
        i.*,
        v.observation_value,
        v.unit_in_value AS unit_stated,
        f.units,
        f.references_range,
        f.abnormal_flags,
        f.value_type,
        f.is_delimited
    FROM result.version AS i
    INNER JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
    LEFT JOIN lookup.value_text AS v ON i.value_number = v.value_number
    WHERE
        i.reason_code IN (
            'unit_contradicted_by_range', 'unit_contradicted_by_value', 'value_type_forbids_number',
            'flag_contradicts_value'
        )
),

paired AS (
    SELECT
        result_number,
        coalesce(units, unit_ucum) AS statement_a,
        'OBX-6' AS field_a,
        references_range AS statement_b,
        'OBX-7' AS field_b,
        is_delimited
    FROM fault
    WHERE reason_code = 'unit_contradicted_by_range'
    UNION ALL
    SELECT result_number, observation_value, 'OBX-5', units, 'OBX-6', is_delimited
    FROM fault
    WHERE reason_code = 'unit_contradicted_by_value'
    UNION ALL
    SELECT result_number, value_type, 'OBX-2', observation_value, 'OBX-5', is_delimited
    FROM fault
    WHERE reason_code = 'value_type_forbids_number'
    UNION ALL
    SELECT
        result_number,
        concat_ws(' ', observation_value, units) || ' (' || class || ')',
        'OBX-5',
        abnormal_flags,
        'OBX-8',
        is_delimited
    FROM fault
    WHERE reason_code = 'flag_contradicts_value'
)

SELECT
    p.result_number,
    p.statement_a,
    if(p.is_delimited, coalesce(a.canonical, p.field_a), p.field_a) AS field_a,
    p.statement_b,
    if(p.is_delimited, coalesce(b.canonical, p.field_b), p.field_b) AS field_b
FROM paired AS p
LEFT JOIN knowledge.field_name AS a ON p.field_a = a.field
LEFT JOIN knowledge.field_name AS b ON p.field_b = b.field
UNION ALL
SELECT
    i.result_number,
    x.statement_a,
    x.field_a,
    x.statement_b,
    x.field_b
FROM result.version AS i
INNER JOIN lookup.contradiction AS x
    ON i.text_number = x.text_number AND i.reason_code = x.reason_code
UNION ALL
SELECT
    o.result_number,
    x.statement_a,
    x.field_a,
    x.statement_b,
    x.field_b
FROM result.excluded_by_code AS o
INNER JOIN lookup.contradiction AS x ON o.text_number = x.text_number
WHERE x.reason_code = 'code_and_name_disagree'
