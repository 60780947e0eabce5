-- The ways in which a feed's newest results of each isotype were sent, each with its newest result.
-- grain: facility, analyte, delivered_on and the texts that tell one way from another
-- A provisional result, one taken back and a specimen that is known as none of blood tell nothing of
-- how a final one of serum is sent. An unmapped code stands for the isotype that its name says.
WITH sent AS (
    SELECT
        o.*,
        f.format,
        f.source_name,
        f.encoding,
        f.delivered_at::DATE AS delivered_on,
        m.analyte AS canary_analyte,
        m.unit_ucum
    FROM raw.observation AS o
    INNER JOIN raw.source_file AS f ON o.facility = f.facility AND o.source_sha256 = f.source_sha256
    INNER JOIN text_meaning AS m ON text_hash(o) = m.text_hash
    WHERE
        m.is_isotype
        AND m.status IN ('final', 'unknown', 'confirmed')
        AND NOT m.is_no_blood
        AND o.patient_id IS NOT NULL
),

newest AS (
    SELECT * FROM sent
    WHERE list_contains($analytes, canary_analyte)
    QUALIFY
        row_number() OVER (
            PARTITION BY facility, canary_analyte
            ORDER BY delivered_on DESC, message_at DESC, source_sha256 DESC, position DESC
        ) <= $n_rows
)

SELECT
    facility,
    canary_analyte AS analyte,
    delivered_on,
    count(*) AS n,
    count(DISTINCT (assigning_authority, patient_id)) AS n_patients,
    arg_max(
        {
            'source_sha256': source_sha256,
            'source_name': source_name,
            'format': format,
            'message_number': message_number,
            'line_number': line_number,
            'position': position,
            'unit_ucum': unit_ucum,
            'units': units,
            'birth_date': birth_date,
            'collected_at': collected_at,
            'value_type': value_type,
            'code': observation_identifier,
            -- of FHIR, which is written from these rows and not from its bytes
            'patient_id': patient_id,
            'assigning_authority': assigning_authority,
            'assigning_authority_universal_id': assigning_authority_universal_id,
            'identifier_type_code': identifier_type_code,
            'birth_date_source_value': birth_date_source_value,
            'collected_at_source_value': collected_at_source_value,
            'specimen_type': specimen_type,
            'observation_identifier': observation_identifier,
            'observation_text': observation_text,
            'coding_system': coding_system,
            'alternate_identifier': alternate_identifier,
            'alternate_text': alternate_text,
            'alternate_coding_system': alternate_coding_system,
            'observation_value': observation_value,
            'observation_result_status': observation_result_status
        },
        (
            collected_at IS NOT NULL,
            birth_date IS NOT NULL,
            administrative_sex IS NOT NULL,
            references_range IS NOT NULL,
            message_at,
            source_sha256,
            position
        )
    ) AS newest,
    max((message_at, source_sha256, position)) AS newest_at
FROM newest
GROUP BY
    facility,
    canary_analyte,
    delivered_on,
    observation_identifier,
    observation_text,
    coding_system,
    units,
    value_type,
    observation_result_status,
    specimen_type,
    observation_type
ORDER BY facility, analyte, delivered_on DESC, n DESC, newest_at DESC
