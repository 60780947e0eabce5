-- core.identifier_alike: identifiers of one feed and authority that look alike, for a person to compare
-- grain: facility, assigning_authority, patient_id, alike_patient_id
-- spans: patients
-- Alike: the same once signs that look like a letter or a digit (knowledge.confusable), capitals, blanks and
-- hyphens are evened out. They may be one person or two: nothing is joined. Each pair stands once.
WITH sign AS (
    SELECT
        unnest(string_split(signs, '')) AS sign,
        if(looks_like = 'blank', ' ', looks_like) AS looks_like
    FROM knowledge.confusable
),

-- a long list is slow to look through, and nearly all identifiers are plain
confusable AS (
    SELECT
        string_agg(sign, '' ORDER BY sign) AS signs,
        string_agg(looks_like, '' ORDER BY sign) AS looks_like,
        string_agg(sign, '' ORDER BY sign) FILTER (WHERE unicode(sign) < 128) AS plain_signs,
        string_agg(looks_like, '' ORDER BY sign) FILTER (WHERE unicode(sign) < 128)
            AS plain_looks_like
    FROM sign
),

sent AS (
    SELECT DISTINCT
        facility,
        assigning_authority,
        patient_id
    FROM identity.demographic
),

evened AS (
    SELECT
        s.*,
        CASE
            WHEN regexp_full_match(s.patient_id, '[0-9]*') THEN s.patient_id
            ELSE regexp_replace(upper(
                if(
                    regexp_matches(s.patient_id, '[^ -~]'),
                    translate(nfc_normalize(s.patient_id), c.signs, c.looks_like),
                    translate(s.patient_id, c.plain_signs, c.plain_looks_like)
                )
            ), '[ -]', '', 'g')
        END AS looks
    FROM sent AS s
    CROSS JOIN confusable AS c
)

SELECT
    a.facility,
    coalesce(m.patient_key, patient_key(a.assigning_authority, a.patient_id)) AS patient_key,
    a.assigning_authority,
    a.patient_id,
    coalesce(n.patient_key, patient_key(b.assigning_authority, b.patient_id)) AS alike_patient_key,
    b.patient_id AS alike_patient_id
FROM evened AS a
INNER JOIN evened AS b
    ON
        a.looks = b.looks AND a.facility = b.facility
        AND a.assigning_authority = b.assigning_authority
LEFT JOIN core.patient_alias AS m
    ON a.assigning_authority = m.assigning_authority AND a.patient_id = m.patient_id
LEFT JOIN core.patient_alias AS n
    ON b.assigning_authority = n.assigning_authority AND b.patient_id = n.patient_id
WHERE
    a.looks <> a.patient_id
    AND a.patient_id <> b.patient_id
    AND (b.looks = b.patient_id OR a.patient_id < b.patient_id)
    AND coalesce(m.patient_key, patient_key(a.assigning_authority, a.patient_id))
    <> coalesce(n.patient_key, patient_key(b.assigning_authority, b.patient_id))
