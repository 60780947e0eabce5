-- panel.evidence_result: every measurement of the patients with any evidence
-- grain: result_number
SELECT j.*
FROM result.measured AS j
SEMI JOIN panel.patient_with_evidence AS x ON j.person_number = x.person_number
