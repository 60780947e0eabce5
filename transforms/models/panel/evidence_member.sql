-- panel.evidence_member: the panels, by their rows, of every patient and rule with any evidence
-- grain: index_result_number
SELECT p.*
FROM panel.member AS p
SEMI JOIN panel.patient_with_evidence AS x
    ON p.person_number = x.person_number AND p.index_analyte = x.index_analyte
