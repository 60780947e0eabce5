-- result.contradiction: results not used because the sender contradicts itself, with both statements
-- grain: result_number
-- view: of the few results that are not used for such a reason
-- What texts say is compared in lookup.contradiction; here stand, beside it, the statements that depend
-- on the value or the age. Fields are HL7's, or the columns of a delimited file.
WITH fault AS (
    SELECT
        i.*,
        v.observation_value,
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
        is_delimited,
        CASE reason_code
            WHEN 'unit_contradicted_by_range' THEN coalesce(units, unit_ucum)
            WHEN 'unit_contradicted_by_value' THEN observation_value
            WHEN 'value_type_forbids_number' THEN value_type
            ELSE concat_ws(' ', observation_value, units) || ' (' || class || ')'
        END AS statement_a,
        CASE reason_code
            WHEN 'unit_contradicted_by_range' THEN 'OBX-6'
            WHEN 'value_type_forbids_number' THEN 'OBX-2'
            ELSE 'OBX-5'
        END AS field_a,
        CASE reason_code
            WHEN 'unit_contradicted_by_range' THEN references_range
            WHEN 'unit_contradicted_by_value' THEN units
            WHEN 'value_type_forbids_number' THEN observation_value
            ELSE abnormal_flags
        END AS statement_b,
        CASE reason_code
            WHEN 'unit_contradicted_by_range' THEN 'OBX-7'
            WHEN 'unit_contradicted_by_value' THEN 'OBX-6'
            WHEN 'value_type_forbids_number' THEN 'OBX-5'
            ELSE 'OBX-8'
        END AS field_b
    FROM fault
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
UNION ALL
SELECT
    i.result_number,
    x.person AS statement_a,
    if(f.is_delimited, 'birth_date', 'PID-7') AS field_a,
    x.other_persons AS statement_b,
    'others under this number' AS field_b
FROM result.version AS i
INNER JOIN result.contradicted_identity AS x ON i.result_number = x.result_number
INNER JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
WHERE i.reason_code = 'patient_identity_held'
