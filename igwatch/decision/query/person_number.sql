-- person_number: every number that raw holds, as sent, with the authority and number it is published under
-- grain: facility, source_sha256, what was said of the number
-- After merges: person_authority and person_id are those of the identifier that survived.
SELECT
    s.*,
    coalesce(n.label, i.label, s.assigning_authority) AS label,
    coalesce(a.surviving_assigning_authority, n.label, i.label, s.assigning_authority)
        AS person_authority,
    coalesce(a.surviving_patient_id, s.patient_id) AS person_id
FROM sent_number AS s
LEFT JOIN run.issuer AS i
    ON
        s.facility = i.facility AND s.assigning_authority = i.assigning_authority
        AND s.universal_id IS NOT DISTINCT FROM i.assigning_authority_universal_id
        AND s.assigning_facility IS NOT DISTINCT FROM i.assigning_facility
        AND s.identifier_type_code IS NOT DISTINCT FROM i.identifier_type_code
LEFT JOIN shared_number AS n
    ON
        s.facility = n.facility AND s.assigning_authority = n.assigning_authority
        AND s.universal_id IS NOT DISTINCT FROM n.assigning_authority_universal_id
        AND s.assigning_facility IS NOT DISTINCT FROM n.assigning_facility
        AND s.identifier_type_code IS NOT DISTINCT FROM n.identifier_type_code
        AND s.patient_id = n.patient_id
LEFT JOIN core.patient_alias AS a
    ON
        coalesce(n.label, i.label, s.assigning_authority) = a.assigning_authority
        AND s.patient_id = a.patient_id
