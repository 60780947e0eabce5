-- core.immunoglobulin: every version of an immunoglobulin result, whose it is, and its number read
-- grain: result_row
-- result_row is the source's number and the position in it, for joining within this build. What was
-- sent stays beside what was derived from it. One pass over raw: whatever is looked up is small.
SELECT
    f.source_number * 4294967296 + o.position AS result_row,
    f.id_prefix || o.position AS measurement_id,
    p.patient_key,
    o.patient_id,
    o.assigning_authority,
    o.facility,
    coalesce(o.producer, o.facility) AS laboratory,
    d.analyte,
    d.series,
    d.code,
    d.code_system,
    o.observation_identifier,
    o.coding_system,
    o.observation_text,
    coalesce(o.filler_order_number, o.placer_order_number) AS order_number,
    o.universal_service_identifier,
    o.observation_sub_id,
    o.observation_instance_id,
    o.specimen_id,
    o.specimen_type,
    o.collected_at,
    o.resulted_at,
    o.message_at,
    -- a delimited file without a status holds results as reported; in HL7 no status is no status
    CASE
        WHEN o.observation_result_status IS NULL AND o.message_number IS NULL THEN 'final'
        ELSE coalesce(s.meaning, 'unknown')
    END AS status,
    o.observation_result_status,
    h.patient_id IS NOT NULL AS is_identity_held,
    p.birth_date,
    p.sex,
    date_diff('day', p.birth_date, o.collected_at::DATE)::INTEGER AS age_days,
    o.observation_value,
    o.units,
    o.references_range,
    o.abnormal_flags,
    v.value_comparator,
    v.value_as_number,
    coalesce(v.value_fault, if(v.observation_value IS NULL, 'value_missing', NULL)) AS value_fault,
    v.unit_in_value,
    if(o.units IS NULL, coalesce(v.unit_in_value, u.unit_default), u.unit_ucum) AS unit_ucum,
    c.unit_conversion_id,
    c.unit_normalised,
    round(v.value_as_number * c.factor, 6) AS value_normalised,
    r.range_low * c.factor AS range_low_normalised,
    r.range_high * c.factor AS range_high_normalised,
    f.reference_set,
    l.lower_limit_min,
    l.lower_limit_max,
    l.upper_limit_min,
    l.upper_limit_max,
    nullif(concat_ws(chr(10), o.comment, o.order_comment), '') AS comment,
    f.source_sha256,
    f.source_name,
    o.message_number,
    o.line_number,
    o.position
FROM raw.observation AS o
INNER JOIN core.code_decision AS d
    ON hash(
        o.facility, o.observation_identifier, o.coding_system, o.observation_text,
        o.alternate_identifier, o.alternate_text, o.alternate_coding_system
    ) = d.sent_hash AND d.reason_code IS NULL
INNER JOIN core.source AS f ON o.facility = f.facility AND o.source_sha256 = f.source_sha256
INNER JOIN core.person AS p
    ON o.patient_id = p.patient_id AND o.assigning_authority = p.assigning_authority
LEFT JOIN core.identity_held AS h
    ON
        o.patient_id = h.patient_id AND o.assigning_authority = h.assigning_authority
        AND o.birth_date = h.birth_date AND o.administrative_sex = h.administrative_sex
LEFT JOIN knowledge.result_status AS s ON o.observation_result_status = s.status
LEFT JOIN core.value AS v
    ON
        o.observation_value = v.observation_value AND f.decimal_mark = v.decimal_mark
        AND coalesce(o.value_type = 'SN', FALSE) = v.is_structured
LEFT JOIN core.unit AS u
    ON
        o.facility = u.facility AND o.units IS NOT DISTINCT FROM u.units
        AND o.observation_identifier IS NOT DISTINCT FROM u.observation_identifier
LEFT JOIN knowledge.unit_conversion AS c
    ON
        d.analyte = c.analyte
        AND if(o.units IS NULL, coalesce(v.unit_in_value, u.unit_default), u.unit_ucum)
        = c.unit_ucum
LEFT JOIN core.reference_limit AS l
    ON
        f.reference_set = l.reference_set AND d.analyte = l.analyte
        AND if(p.sex IN ('F', 'M'), p.sex, 'U') = l.sex
        AND date_diff('day', p.birth_date, o.collected_at::DATE) >= l.age_low_days
        AND date_diff('day', p.birth_date, o.collected_at::DATE) < l.age_high_days
LEFT JOIN core.printed_range AS r
    ON f.decimal_mark = r.decimal_mark AND o.references_range = r.references_range
