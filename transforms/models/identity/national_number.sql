-- identity.national_number: the national number that was last sent of an identifier
-- grain: assigning_authority, patient_id, scheme, number
-- Only of facilities whose settings say which repetition of PID-3 it is (national_identifier). Blanks, points
-- and hyphens are left out. Several rows of an identifier and scheme are numbers sent at the same time: they
-- contradict each other.
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
    CROSS JOIN run.clock AS c
    WHERE coalesce(o.message_at::DATE <= c.as_of, TRUE)
),

sent AS (
    SELECT
        assigning_authority,
        patient_id,
        scheme,
        message_at,
        national_number(cx[1]) AS number
    FROM repetition
    WHERE
        coalesce(upper(cx[5]) = identifier_type, identifier_type IS NULL)
        AND coalesce(list_contains(string_split(upper(cx[4]), '&'), authority), authority IS NULL)
),

stated AS (
    SELECT
        assigning_authority,
        patient_id,
        scheme,
        number,
        min(message_at) AS first_sent_at,
        max(message_at) AS last_sent_at
    FROM sent
    WHERE number <> ''
    GROUP BY ALL
)

SELECT *
FROM stated
QUALIFY rank() OVER (
    PARTITION BY assigning_authority, patient_id, scheme ORDER BY last_sent_at DESC NULLS LAST
) = 1
