-- lookup.result_meaning: what the texts beside a result mean: code, unit, printed range, status, specimen
-- grain: text_number
-- reason_code is set where the code keeps it from being an immunoglobulin result; specimen_fault where
-- the specimen does; contradiction where the sender contradicts itself in another way.
WITH specimen AS (
    SELECT
        text_number,
        bool_or(list_contains(says, 'blood')) AS is_blood,
        bool_or(field <> 'specimen_default') AS is_known
    FROM lookup.statement
    WHERE topic = 'specimen'
    GROUP BY text_number
),

-- of several specimens of one order each must be known
one_of_several AS (
    SELECT
        t.text_number,
        bool_or(k.as_sent IS NULL) AS is_unknown
    FROM (
        SELECT text_number, unnest(string_split(specimen_type, '~')) AS specimen_type
        FROM lookup.result_text
        WHERE contains(specimen_type, '~')
    ) AS t
    LEFT JOIN knowledge.specimen AS k ON lower(trim(t.specimen_type)) = k.as_sent
    GROUP BY t.text_number
),

-- the first flag that says a direction, and the classes that one of the flags contradicts
flag AS (
    SELECT
        t.text_number,
        arg_min(k.interpretation, t.number) AS interpretation,
        string_split(string_agg(k.contradicted_by, ' '), ' ') AS classes_contradicted
    FROM (
        SELECT
            text_number,
            string_split(abnormal_flags, '~') AS flags,
            unnest(range(1, len(flags) + 1)) AS number
        FROM lookup.result_text
        WHERE abnormal_flags IS NOT NULL
    ) AS t
    INNER JOIN knowledge.abnormal_flag AS k ON upper(trim(t.flags[t.number])) = k.as_sent
    GROUP BY t.text_number
),

-- the lowest and highest upper limit that is published or printed, of analytes whose limits differ
-- more between laboratories than by age
range_in_use AS (
    SELECT
        analyte,
        min(upper_limit) AS upper_limit_min,
        max(upper_limit) AS upper_limit_max
    FROM (
        SELECT analyte, upper_limit FROM knowledge.range_in_use
        UNION ALL
        SELECT i.analyte, i.upper_limit
        FROM knowledge.reference_interval AS i
        SEMI JOIN knowledge.range_in_use AS u ON i.analyte = u.analyte
        WHERE i.certainty <> 'D'
    ) AS l
    GROUP BY analyte
)

SELECT
    s.text_number,
    s.text_hash,
    s.facility,
    coalesce(s.producer, s.facility) AS laboratory,
    s.observation_identifier,
    s.coding_system,
    s.observation_text,
    s.universal_service_identifier,
    s.units,
    s.references_range,
    s.abnormal_flags,
    s.observation_result_status,
    s.specimen_type,
    s.value_type,
    s.is_delimited,
    d.code,
    d.code_system,
    d.analyte,
    d.series,
    n.unit AS unit_normalised,
    if(
        x.reason_code = 'code_and_name_disagree', coalesce(d.reason_code, x.reason_code), d.reason_code
    ) AS reason_code,
    if(x.reason_code = 'code_and_name_disagree', NULL, x.reason_code) AS contradiction,
    k.decimal_mark,
    k.thousands,
    k.reference_set,
    coalesce(s.value_type = 'SN', FALSE) AS is_sn,
    -- table 0078: off the scale of the instrument. A file has a column for it (value_comparator)
    CASE
        WHEN NOT s.is_delimited
            THEN nullif(regexp_extract(s.abnormal_flags, '(?:^|~)\s*([<>])\s*(?:~|$)', 1), '')
    END AS scale_comparator,
    -- a delimited file without a status holds results as reported; in HL7 no status is no status
    CASE
        WHEN s.observation_result_status IS NULL AND s.is_delimited THEN 'final'
        ELSE coalesce(t.meaning, 'unknown')
    END AS status,
    CASE
        WHEN x.reason_code = 'specimens_disagree' THEN x.reason_code
        WHEN NOT p.is_blood THEN 'specimen_not_accepted'
        WHEN s.specimen_type IS NOT NULL AND NOT coalesce(p.is_known, FALSE)
            THEN 'specimen_unknown_to_us'
        WHEN contains(s.specimen_type, '~') AND q.is_unknown THEN 'specimen_unknown_to_us'
    END AS specimen_fault,
    NOT o.is_result OR (s.observation_type IS NOT NULL AND o.observation_type IS NULL)
        AS is_no_result,
    coalesce(v.is_number_forbidden, FALSE) AS is_number_forbidden,
    u.unit_ucum,
    u.unit_ucum_default,
    r.range_low,
    r.range_high,
    f.interpretation AS laboratory_interpretation,
    f.classes_contradicted,
    z.upper_limit_min AS range_in_use_min,
    z.upper_limit_max AS range_in_use_max,
    a.adult_lower_limit,
    a.adult_upper_limit
FROM lookup.result_text AS s
INNER JOIN knowledge.facility AS k ON s.facility = k.facility
INNER JOIN lookup.code_decision AS d
    ON
        s.facility = d.facility
        AND s.observation_identifier IS NOT DISTINCT FROM d.observation_identifier
        AND s.coding_system IS NOT DISTINCT FROM d.coding_system
        AND s.observation_text IS NOT DISTINCT FROM d.observation_text
        AND s.alternate_identifier IS NOT DISTINCT FROM d.alternate_identifier
        AND s.alternate_text IS NOT DISTINCT FROM d.alternate_text
        AND s.alternate_coding_system IS NOT DISTINCT FROM d.alternate_coding_system
LEFT JOIN knowledge.analyte AS n ON d.analyte = n.analyte
LEFT JOIN knowledge.local_word AS w
    ON
        s.facility = w.facility AND w.topic = 'status'
        AND upper(trim(s.observation_result_status)) = w.as_sent
LEFT JOIN knowledge.result_status AS t
    ON coalesce(w.meaning, s.observation_result_status) = t.status
LEFT JOIN lookup.contradiction AS x ON s.text_number = x.text_number
LEFT JOIN specimen AS p ON s.text_number = p.text_number
LEFT JOIN one_of_several AS q ON s.text_number = q.text_number
LEFT JOIN knowledge.observation_type AS o ON s.observation_type = o.observation_type
LEFT JOIN knowledge.value_type AS v ON upper(s.value_type) = v.value_type
LEFT JOIN lookup.unit_meaning AS u
    ON
        s.facility = u.facility AND s.units IS NOT DISTINCT FROM u.units
        AND s.observation_identifier IS NOT DISTINCT FROM u.observation_identifier
LEFT JOIN lookup.printed_range AS r
    ON
        k.decimal_mark = r.decimal_mark AND k.thousands = r.thousands
        AND s.references_range = r.references_range
LEFT JOIN flag AS f ON s.text_number = f.text_number
LEFT JOIN range_in_use AS z ON d.analyte = z.analyte
LEFT JOIN lookup.adult_limit AS a ON k.reference_set = a.reference_set AND d.analyte = a.analyte
