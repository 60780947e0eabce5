-- exposure.text: each kind, coding system, code and name that a facility sent, once
-- grain: exposure_hash
SELECT DISTINCT
    exposure_hash,
    facility,
    kind,
    code,
    code_system,
    name,
    alternate_code,
    alternate_code_system,
    alternate_name
FROM exposure.as_sent
