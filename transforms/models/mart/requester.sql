-- mart.requester: who asked for each result of a patient whom a rule follows, and where, as sent
-- grain: measurement_id
-- Only of feeds whose facility shows it (show_requester), for these are people of the hospital: a name, else
-- a number. A result of which nobody and no place is stated has no row.
WITH followed AS (
    SELECT
        m.patient_key,
        m.measurement_id,
        m.facility,
        m.source_sha256,
        m.position
    FROM core.measurement AS m
    SEMI JOIN flag.step AS s ON m.patient_key = s.patient_key
    INNER JOIN knowledge.facility AS k ON m.facility = k.facility AND k.show_requester
)

SELECT
    f.patient_key,
    f.measurement_id,
    f.facility,
    coalesce(o.ordering_provider_name, o.ordering_provider_id) AS requester,
    coalesce(o.attending_doctor_name, o.attending_doctor_id) AS attending_doctor,
    o.assigned_patient_location AS requested_from,
    c.as_of
FROM followed AS f
CROSS JOIN run.clock AS c
INNER JOIN raw.observation AS o
    ON
        f.facility = o.facility AND f.source_sha256 = o.source_sha256
        AND f.position = o.position
WHERE
    coalesce(
        o.ordering_provider_name, o.ordering_provider_id, o.attending_doctor_name,
        o.attending_doctor_id, o.assigned_patient_location
    ) IS NOT NULL
