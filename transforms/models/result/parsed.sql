-- result.parsed: every version of an immunoglobulin result, whose it is, and its number read
-- grain: result_number
-- view: read once, by result.version
-- result_number is the source's number and the position in it. What a text says is looked up in small
-- tables: lookup.result_meaning, lookup.value_text. One pass over raw.
SELECT
    result_number(f.source_number, o.position) AS result_number,
    p.identifier_number,
    p.person_number,
    d.text_number,
    d.analyte,
    d.series,
    if(q.result_number IS NOT NULL, 'final', d.status) AS status,
    d.specimen_fault,
    d.contradiction,
    d.is_no_result,
    d.is_number_forbidden,
    d.classes_contradicted,
    d.units,
    coalesce(o.filler_order_number, o.placer_order_number) AS order_number,
    o.placer_order_number,
    o.observation_sub_id,
    o.observation_instance_id,
    o.specimen_id,
    o.collected_at,
    o.resulted_at,
    o.message_at,
    o.message_at_utc,
    o.message_at_span_seconds,
    h.patient_id IS NOT NULL AS is_identity_held,
    date_diff('day', p.birth_date, o.collected_at::DATE)::INTEGER AS age_days,
    v.value_number,
    nullif(concat_ws(chr(10), o.comment, o.order_comment), '') AS comment,
    o.message_number,
    o.line_number,
    coalesce(v.value_comparator, d.scale_comparator) AS value_comparator,
    CASE
        WHEN o.observation_value IS NULL THEN 'value_missing'
        WHEN v.value_fault IS NULL AND left(v.value_comparator, 1) <> d.scale_comparator
            THEN 'comparator_contradicted'
        ELSE v.value_fault
    END AS value_fault,
    v.unit_in_value,
    if(d.units IS NULL, coalesce(v.unit_in_value, d.unit_ucum_default), d.unit_ucum) AS unit_ucum,
    c.unit_conversion_id,
    -- rounded: 148 mg/dL must not become a number just below 1.48 g/L
    round(v.value_as_number * c.factor, 6) AS value_normalised,
    d.range_low * c.factor AS range_low_normalised,
    d.range_high * c.factor AS range_high_normalised,
    d.range_in_use_min,
    d.range_in_use_max,
    d.adult_lower_limit,
    d.adult_upper_limit,
    l.limit_number,
    l.lower_limit_min,
    l.lower_limit_max,
    l.upper_limit_min,
    l.upper_limit_max
FROM raw.observation AS o
LEFT JOIN lookup.source AS f ON o.facility = f.facility AND o.source_sha256 = f.source_sha256
INNER JOIN lookup.immunoglobulin_meaning AS d
    ON text_hash(o) = d.text_hash
LEFT JOIN identity.identifier AS p
    ON o.patient_id = p.patient_id AND o.assigning_authority = p.assigning_authority
LEFT JOIN identity.contradicted_identity AS h
    ON
        o.patient_id = h.patient_id AND o.assigning_authority = h.assigning_authority
        AND o.birth_date IS NOT DISTINCT FROM h.birth_date
        AND o.administrative_sex IS NOT DISTINCT FROM h.administrative_sex
LEFT JOIN result.confirmed AS q ON result_number(f.source_number, o.position) = q.result_number
LEFT JOIN lookup.value_text AS v
    ON
        o.observation_value = v.observation_value AND d.decimal_mark = v.decimal_mark
        AND d.thousands = v.thousands AND d.is_sn = v.is_sn
LEFT JOIN knowledge.unit_conversion AS c
    ON
        d.analyte = c.analyte
        AND if(d.units IS NULL, coalesce(v.unit_in_value, d.unit_ucum_default), d.unit_ucum)
        = c.unit_ucum
LEFT JOIN lookup.limit_by_age_year AS l
    ON
        d.reference_set = l.reference_set AND d.analyte = l.analyte
        AND if(p.sex IN ('F', 'M'), p.sex, 'U') = l.sex
        AND date_diff('day', p.birth_date, o.collected_at::DATE) // 365 = l.age_years
        AND date_diff('day', p.birth_date, o.collected_at::DATE) >= l.age_low_days
        AND date_diff('day', p.birth_date, o.collected_at::DATE) < l.age_high_days
