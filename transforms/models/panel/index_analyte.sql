-- panel.index_analyte: the isotypes whose results a rule follows
-- grain: index_analyte
SELECT DISTINCT index_analyte
FROM knowledge.rule
