-- run.shared_number: numbers that several authorities or classes of one label have, and how each is called
-- grain: what raw says of the issuer, patient_id
-- They are different patients. Only these take more than the label: NS&UNIVERSALID, NS^CLASS. So the keys
-- of all others are what they were, whoever is added to a feed.
WITH shared AS (
    SELECT * FROM run.issuer
    WHERE is_shared
),

sent AS (
    SELECT
        facility,
        assigning_authority,
        assigning_authority_universal_id,
        assigning_facility,
        identifier_type_code,
        patient_id
    FROM raw.observation
    UNION
    SELECT
        facility,
        assigning_authority,
        assigning_authority_universal_id,
        assigning_facility,
        identifier_type_code,
        patient_id
    FROM raw.patient
    UNION
    SELECT
        facility,
        assigning_authority,
        assigning_authority_universal_id,
        assigning_facility,
        identifier_type_code,
        patient_id
    FROM raw.exposure
    UNION
    SELECT
        facility,
        retired_assigning_authority,
        assigning_authority_universal_id,
        assigning_facility,
        identifier_type_code,
        retired_id
    FROM raw.merge
    WHERE event IS DISTINCT FROM 'csv'
    UNION
    SELECT
        facility,
        surviving_assigning_authority,
        assigning_authority_universal_id,
        assigning_facility,
        identifier_type_code,
        surviving_id
    FROM raw.merge
    WHERE event IS DISTINCT FROM 'csv'
),

numbered AS (
    SELECT
        s.*,
        i.issuer,
        i.qualifier,
        i.type_class,
        i.label
    FROM sent AS s
    INNER JOIN shared AS i
        ON
            s.facility = i.facility AND s.assigning_authority = i.assigning_authority
            AND s.assigning_authority_universal_id
            IS NOT DISTINCT FROM i.assigning_authority_universal_id
            AND s.assigning_facility IS NOT DISTINCT FROM i.assigning_facility
            AND s.identifier_type_code IS NOT DISTINCT FROM i.identifier_type_code
),

counted AS (
    SELECT
        *,
        count(DISTINCT issuer) OVER (PARTITION BY label, patient_id) AS n_issuers,
        count(DISTINCT type_class) OVER (PARTITION BY label, patient_id, issuer) AS n_classes
    FROM numbered
)

SELECT
    facility,
    assigning_authority,
    assigning_authority_universal_id,
    assigning_facility,
    identifier_type_code,
    patient_id,
    concat(
        label,
        if(n_issuers > 1, '&' || qualifier, ''),
        if(n_classes > 1 AND type_class <> 'patient', '^' || type_class, '')
    ) AS label
FROM counted
WHERE n_issuers > 1 OR n_classes > 1
