-- exposure.as_sent: every exposure sent by the clock of the run: whose it is, when and how it was sent
-- grain: exposure_number
-- Of full lists only the newest is read. A withdrawal that does not say when came after what it withdraws,
-- anything else before. idle_reason says why a row by itself takes no effect: an unknown word of its
-- standing, what was not done or only planned, what was ruled out, a dose of nothing.
WITH seen AS (
    SELECT
        coalesce(a.patient_key, patient_key(e.assigning_authority, e.patient_id)) AS patient_key,
        exposure_number(f.source_number, e.position) AS exposure_number,
        e.* EXCLUDE (source_sha256, position, line_number, patient_id, assigning_authority,
        assigning_authority_universal_id, assigning_facility, identifier_type_code, amount)
        REPLACE (
            -- what a stop says without a day of its own is the day of the stop
            if(s.is_stop AND e.start_date = e.effective_date, NULL, e.start_date) AS start_date,
            if(has_one_triplet(e), e.alternate_code, e.code) AS code,
            if(has_one_triplet(e), e.alternate_code_system, e.code_system) AS code_system,
            if(has_one_triplet(e), e.alternate_name, e.name) AS name
        ),
        exposure_hash(e) AS exposure_hash,
        -- a dose that was given is a fact, whatever becomes of its order
        coalesce(
            if(e.segment IN ('RXA', 'RXG'), s.is_cancelled_itself, s.is_cancelled), FALSE
        ) AS is_cancelled,
        coalesce(s.is_update, FALSE) AS is_update,
        coalesce(s.is_stop AND e.event_kind IS DISTINCT FROM 'administered', FALSE) AS is_stop,
        coalesce(s.is_active, e.statements IS NULL) AS is_active,
        s.certainty AS stated_certainty,
        s.unknown_statement,
        CASE
            WHEN s.unknown_statement IS NOT NULL THEN 'status_not_known'
            WHEN s.is_not_done THEN 'not_done'
            WHEN s.is_planned THEN 'planned'
            WHEN s.certainty = 'excluded' THEN 'ruled_out'
            WHEN is_no_amount(e.amount) THEN 'nothing_given'
        END AS idle_reason,
        e.message_number IS NULL
        OR (NOT coalesce(s.is_cancelled OR s.is_stop OR s.is_update, FALSE))
        OR coalesce(e.message_at::DATE <= c.as_of, TRUE) AS is_sent_by_the_clock,
        l.age_in_lists
    FROM raw.exposure AS e
    INNER JOIN lookup.source AS f ON e.facility = f.facility AND e.source_sha256 = f.source_sha256
    CROSS JOIN run.clock AS c
    LEFT JOIN core.patient_alias AS a
        ON e.assigning_authority = a.assigning_authority AND e.patient_id = a.patient_id
    LEFT JOIN exposure.standing AS s ON e.facility = s.facility AND e.statements = s.statements
    LEFT JOIN exposure.list AS l ON e.facility = l.facility AND e.source_sha256 = l.source_sha256
    WHERE coalesce(e.start_date <= c.as_of, TRUE) AND (l.facility IS NULL OR l.age_in_lists <= 2)
)

SELECT
    e.* EXCLUDE (is_sent_by_the_clock),
    coalesce(
        e.message_at, if(e.is_cancelled, 'infinity'::TIMESTAMP, '-infinity'::TIMESTAMP)
    ) AS sent_at
FROM seen AS e
WHERE e.is_sent_by_the_clock
