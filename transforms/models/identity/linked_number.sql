-- identity.linked_number: each national number by which somebody is linked, and whether its check digit fits
-- grain: scheme, number
-- How a number is checked stands in knowledge.national_number: digits times weights, their sum divided.
-- A number of one repeated digit is a filler, whatever its check digit.
WITH named AS (
    SELECT
        scheme,
        number
    FROM identity.stated_link
    WHERE scheme IS NOT NULL
    UNION
    SELECT
        i.scheme,
        national_number(s.own_patient_id) AS number
    FROM identity.stated_link AS s
    INNER JOIN knowledge.national_issuer AS i ON upper(s.own_assigning_authority) = i.as_sent
    UNION
    SELECT
        i.scheme,
        national_number(s.own_linked_patient_id) AS number
    FROM identity.stated_link AS s
    INNER JOIN knowledge.national_issuer AS i ON upper(s.own_linked_assigning_authority) = i.as_sent
)

SELECT
    n.scheme,
    n.number,
    bool_and(fits_check_digit(n.number, k)) AS is_valid
FROM named AS n
INNER JOIN knowledge.national_number AS k ON n.scheme = k.scheme
GROUP BY n.scheme, n.number
