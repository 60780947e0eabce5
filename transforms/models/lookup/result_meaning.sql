-- lookup.result_meaning: what the texts beside a result mean: code, unit, printed range, status, specimen
-- grain: text_number
-- reason_code is set where the code keeps it from being an immunoglobulin result; specimen_fault where
-- the specimen does.
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
    d.code,
    d.code_system,
    d.analyte,
    d.series,
    n.unit AS unit_normalised,
    d.reason_code,
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
        WHEN NOT p.is_accepted THEN 'specimen_not_accepted'
        WHEN s.specimen_type IS NOT NULL AND p.as_sent IS NULL THEN 'specimen_unknown_to_us'
    END AS specimen_fault,
    u.unit_ucum,
    u.unit_ucum_default,
    r.range_low,
    r.range_high,
    f.interpretation AS laboratory_interpretation,
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
LEFT JOIN knowledge.result_status AS t ON s.observation_result_status = t.status
LEFT JOIN knowledge.specimen AS p ON lower(trim(s.specimen_type)) = p.as_sent
LEFT JOIN lookup.unit_meaning AS u
    ON
        s.facility = u.facility AND s.units IS NOT DISTINCT FROM u.units
        AND s.observation_identifier IS NOT DISTINCT FROM u.observation_identifier
LEFT JOIN lookup.printed_range AS r
    ON
        k.decimal_mark = r.decimal_mark AND k.thousands = r.thousands
        AND s.references_range = r.references_range
LEFT JOIN knowledge.abnormal_flag AS f
    ON upper(trim(split_part(s.abnormal_flags, '~', 1))) = f.as_sent
LEFT JOIN lookup.adult_limit AS a ON k.reference_set = a.reference_set AND d.analyte = a.analyte
