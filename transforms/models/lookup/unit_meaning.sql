-- lookup.unit_meaning: each unit sent with a code, in UCUM, and the approved default where none is sent
-- grain: facility, observation_identifier, units
-- A unit is never guessed: it is as sent, or the facility's approved default for that code.
WITH sent AS (
    SELECT DISTINCT facility, observation_identifier, units FROM lookup.result_text
)

SELECT
    s.facility,
    s.observation_identifier,
    s.units,
    as_sent.unit_ucum,
    approved.unit_ucum AS unit_default
FROM sent AS s
LEFT JOIN knowledge.unit_spelling AS as_sent
    ON
        lower(translate(regexp_replace(s.units, '[\s\x{00A0}]', '', 'g'), 'µμ', 'uu'))
        = as_sent.as_sent
LEFT JOIN knowledge.unit_default AS d
    ON s.facility = d.facility AND s.observation_identifier = d.code
LEFT JOIN knowledge.unit_spelling AS approved
    ON
        lower(translate(regexp_replace(d.unit, '[\s\x{00A0}]', '', 'g'), 'µμ', 'uu'))
        = approved.as_sent
