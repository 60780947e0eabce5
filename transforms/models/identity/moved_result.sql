-- identity.moved_result: results that their laboratory reissued, corrected, for another patient
-- grain: facility, source_sha256, position
-- A laboratory's number, code and sub-id name a result whoever the patient is. A corrected version for a
-- patient who has no other before it moves the result there, if the specimen or else the day is the same;
-- a number that is merely used again moves nothing (docs/decisions/0068). Made over all patients, before
-- who is one person cuts them into buckets.
WITH corrected AS (
    SELECT DISTINCT
        o.facility,
        o.filler_order_number,
        coalesce(o.observation_identifier, o.observation_text) AS code
    FROM raw.observation AS o
    INNER JOIN knowledge.result_status AS t
        ON o.observation_result_status = t.status AND t.meaning = 'corrected'
    WHERE o.filler_order_number IS NOT NULL
),

sent AS (
    SELECT
        o.facility,
        o.source_sha256,
        o.position,
        o.sending_facility,
        o.specimen_id,
        o.collected_at,
        o.message_at,
        o.message_at_utc,
        o.message_at_span_seconds,
        {
            'facility': o.facility, 'number': o.filler_order_number,
            'code': coalesce(o.observation_identifier, o.observation_text),
            'sub_id': o.observation_sub_id
        } AS result,
        {
            'authority': coalesce(a.surviving_assigning_authority, o.assigning_authority),
            'id': coalesce(a.surviving_patient_id, o.patient_id)
        } AS person,
        coalesce(t.meaning = 'corrected', FALSE) AS is_corrected
    FROM raw.observation AS o
    SEMI JOIN corrected AS c
        ON
            o.facility = c.facility AND o.filler_order_number = c.filler_order_number
            AND coalesce(o.observation_identifier, o.observation_text) = c.code
    LEFT JOIN core.patient_alias AS a
        ON o.assigning_authority = a.assigning_authority AND o.patient_id = a.patient_id
    LEFT JOIN knowledge.result_status AS t ON o.observation_result_status = t.status
),

shared AS (
    SELECT *
    FROM sent
    QUALIFY min(person) OVER (PARTITION BY result) <> max(person) OVER (PARTITION BY result)
),

reissued AS (
    SELECT c.*
    FROM shared AS c
    ANTI JOIN shared AS o
        ON
            c.result = o.result AND c.person = o.person AND NOT o.is_corrected
            AND is_same_specimen(c, o)
            AND NOT is_later(o.message_at_utc, c.message_at_utc, c.message_at_span_seconds)
    WHERE c.is_corrected
),

-- given back: corrected again for the patient it was taken from
returned AS (
    SELECT c.*
    FROM shared AS c
    SEMI JOIN reissued AS r
        ON
            c.result = r.result AND c.person <> r.person AND is_same_specimen(c, r)
            AND is_later(c.message_at_utc, r.message_at_utc, r.message_at_span_seconds)
    WHERE c.is_corrected
),

claim AS (
    FROM reissued
    UNION
    FROM returned
)

SELECT
    o.facility,
    o.source_sha256,
    o.position,
    c.source_sha256 AS moved_to_sha256,
    c.position AS moved_to_position,
    c.message_at AS moved_at
FROM shared AS o
INNER JOIN claim AS c
    ON
        o.result = c.result AND is_same_specimen(o, c)
        AND coalesce(o.sending_facility = c.sending_facility, TRUE)
        AND NOT is_later(o.message_at_utc, c.message_at_utc, c.message_at_span_seconds)
QUALIFY
    row_number() OVER (
        PARTITION BY o.facility, o.source_sha256, o.position
        ORDER BY c.message_at_utc DESC NULLS FIRST, c.person DESC, c.source_sha256, c.position
    ) = 1
    AND o.person <> c.person
