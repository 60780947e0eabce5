-- identity.national_number: the national number that was last sent of an identifier
-- grain: assigning_authority, patient_id, scheme, number
-- Only of facilities whose settings say of which scheme it is (national_identifier): of HL7 the repetition of
-- PID-3 that they mean; of delimited files and FHIR what was read as one, ~ between several. Blanks, points
-- and hyphens are left out, and what has no digit is no number. Several rows of an identifier and scheme are
-- numbers sent at the same time: they contradict each other.
WITH repetition AS (
    SELECT
        o.assigning_authority,
        o.patient_id,
        o.message_at,
        l.scheme,
        l.identifier_type,
        l.authority,
        string_split(unnest(string_split(o.patient_identifier_list, '~')), '^') AS cx
    FROM raw.observation AS o
    INNER JOIN knowledge.local_national_number AS l ON o.facility = l.facility
    WHERE l.identifier_type IS NOT NULL OR l.authority IS NOT NULL
),

sent AS (
    SELECT
        assigning_authority,
        patient_id,
        scheme,
        message_at,
        cx[1] AS number
    FROM repetition
    WHERE
        coalesce(upper(cx[5]) = identifier_type, identifier_type IS NULL)
        AND coalesce(list_contains(string_split(upper(cx[4]), '&'), authority), authority IS NULL)
    UNION ALL
    SELECT
        o.assigning_authority,
        o.patient_id,
        l.scheme,
        o.message_at,
        unnest(string_split(o.national_number, '~')) AS number
    FROM raw.observation AS o
    INNER JOIN knowledge.local_national_number AS l ON o.facility = l.facility
    UNION ALL
    SELECT
        p.assigning_authority,
        p.patient_id,
        l.scheme,
        p.message_at,
        unnest(string_split(p.national_number, '~')) AS number
    FROM raw.patient AS p
    INNER JOIN knowledge.local_national_number AS l ON p.facility = l.facility
),

stated AS (
    SELECT
        s.assigning_authority,
        s.patient_id,
        s.scheme,
        national_number(s.number) AS number,
        min(s.message_at) AS first_sent_at,
        max(s.message_at) AS last_sent_at
    FROM sent AS s
    CROSS JOIN run.clock AS c
    WHERE coalesce(s.message_at::DATE <= c.as_of, TRUE) AND regexp_matches(s.number, '\d')
    GROUP BY ALL
)

SELECT *
FROM stated
QUALIFY rank() OVER (
    PARTITION BY assigning_authority, patient_id, scheme ORDER BY last_sent_at DESC NULLS LAST
) = 1
