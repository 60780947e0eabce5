-- result.meaning_limit: the hidden limit of detection of each result meaning, NULL where there is none
-- grain: text_number
-- As many rows as meanings: of a join with result.hidden_detection_limit, which is mostly empty, DuckDB
-- would guess that nothing comes out.
SELECT
    f.text_number,
    h.limit_normalised
FROM lookup.result_meaning AS f
LEFT JOIN result.hidden_detection_limit AS h
    ON
        f.facility = h.facility AND f.laboratory = h.laboratory AND f.analyte = h.analyte
        AND f.series = h.series
