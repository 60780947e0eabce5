-- result.meaning_limit: the hidden floor of the laboratory and analyte of each form, NULL where there is none
-- grain: text_number
-- As many rows as forms: of a join with result.hidden_detection_limit, which is mostly empty, DuckDB would guess
-- that nothing comes out.
SELECT
    f.text_number,
    h.floor
FROM lookup.result_meaning AS f
LEFT JOIN result.hidden_detection_limit AS h
    ON
        f.facility = h.facility AND f.laboratory = h.laboratory AND f.analyte = h.analyte
        AND f.series = h.series
