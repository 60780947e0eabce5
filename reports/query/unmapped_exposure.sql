-- drugs, diagnoses, procedures and findings that no rule could read, those of most patients first
-- grain: facility, kind, code_system, code, name, reason_code
SELECT
    facility,
    kind,
    code_system,
    code,
    name,
    reason_code,
    n_patients
FROM quality.unmapped_exposure
ORDER BY n_patients DESC NULLS LAST, facility, reason_code, kind, code_system, code, name
