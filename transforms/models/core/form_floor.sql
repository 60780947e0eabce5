-- core.form_floor: the hidden floor of the laboratory and analyte of each form, NULL where there is none
-- grain: form_number
-- As many rows as forms: of a join with core.hidden_floor, which is mostly empty, DuckDB would guess
-- that nothing comes out.
SELECT
    f.form_number,
    h.floor
FROM core.form AS f
LEFT JOIN core.hidden_floor AS h
    ON
        f.facility = h.facility AND f.laboratory = h.laboratory AND f.analyte = h.analyte
        AND f.series = h.series
