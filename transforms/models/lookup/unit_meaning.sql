-- lookup.unit_meaning: each unit sent with a code, in UCUM, and the approved default where none is sent
-- grain: facility, observation_identifier, units
-- A unit is never guessed: it is as sent, by the facility's own word for it (unit_map) or as everybody
-- writes it, or the facility's approved default for that code.
WITH sent AS (
    SELECT DISTINCT facility, observation_identifier, units FROM lookup.result_text
)

SELECT
    s.facility,
    s.observation_identifier,
    s.units,
    as_sent.unit_ucum,
    approved.unit_ucum AS unit_ucum_default
FROM sent AS s
LEFT JOIN knowledge.local_word AS w
    ON s.facility = w.facility AND w.topic = 'unit' AND upper(trim(s.units)) = w.as_sent
LEFT JOIN knowledge.unit_spelling AS as_sent
    ON unit_spelling(coalesce(w.meaning, s.units)) = as_sent.as_sent
LEFT JOIN knowledge.unit_default AS d
    ON s.facility = d.facility AND s.observation_identifier = d.code
LEFT JOIN knowledge.unit_spelling AS approved
    ON unit_spelling(d.unit) = approved.as_sent
