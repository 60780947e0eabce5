-- core.suspect_row: the panels, by their rows, of every patient and rule with any evidence
-- grain: index_row
SELECT p.*
FROM core.panel_row AS p
SEMI JOIN core.suspect AS x
    ON p.person_number = x.person_number AND p.index_analyte = x.index_analyte
