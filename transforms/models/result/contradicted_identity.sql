-- result.contradicted_identity: whom a result that is held names, and whom others under its number name
-- grain: result_number
-- view: of the few results under an identifier that stands for two persons
-- Birth dates and sexes as understood: what to ask the laboratory is which of them the number is of.
WITH held AS (
    SELECT
        result_number(f.source_number, o.position) AS result_number,
        o.assigning_authority,
        o.patient_id,
        concat_ws(' ', coalesce(o.birth_date::VARCHAR, 'no birth date'), o.administrative_sex)
            AS person
    FROM raw.observation AS o
    INNER JOIN lookup.source AS f
        ON o.facility = f.facility AND o.source_sha256 = f.source_sha256
    SEMI JOIN identity.contradicted_identity AS h
        ON
            o.assigning_authority = h.assigning_authority AND o.patient_id = h.patient_id
            AND o.birth_date IS NOT DISTINCT FROM h.birth_date
            AND o.administrative_sex IS NOT DISTINCT FROM h.administrative_sex
),

stated AS (
    SELECT DISTINCT
        d.assigning_authority,
        d.patient_id,
        concat_ws(' ', d.birth_date::VARCHAR, d.administrative_sex) AS person
    FROM identity.demographic AS d
    SEMI JOIN held AS h
        ON d.assigning_authority = h.assigning_authority AND d.patient_id = h.patient_id
    WHERE d.birth_date IS NOT NULL
)

SELECT
    h.result_number,
    any_value(h.person) AS person,
    string_agg(s.person, ', ' ORDER BY s.person) AS other_persons
FROM held AS h
INNER JOIN stated AS s
    ON
        h.assigning_authority = s.assigning_authority AND h.patient_id = s.patient_id
        AND h.person <> s.person
GROUP BY h.result_number
