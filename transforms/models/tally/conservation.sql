-- tally.conservation: how much of each unit was read and where it ended, every count shown
-- grain: facility, unit, outcome
-- balance is read less the sum of the outcomes, the same on each row of a unit; it must be 0. For
-- messages, which no table counts one by one, it also falls below 0 when a row came from a message
-- beyond those that were read. An HL7 file counts its merges and exposures together: what is not
-- merges is exposures. Internal: others see quality.conservation.
WITH file AS (
    SELECT
        *,
        if(is_refused, n_messages, n_messages_refused) AS n_messages_held,
        least(0, n_messages - last_message_number) AS n_messages_beyond,
        CASE content
            WHEN 'mixed' THEN n_other_rows - n_merges - n_merges_refused
            WHEN 'exposures' THEN n_other_rows
            ELSE 0
        END AS n_exposures_read,
        CASE content
            WHEN 'mixed' THEN n_merges + n_merges_refused
            WHEN 'merges' THEN n_other_rows
            ELSE 0
        END AS n_merges_read,
        if(content = 'reviews', n_other_rows, 0) AS n_reviews_read,
        if(content = 'patients', n_other_rows, 0) AS n_patients_read
    FROM tally.file
),

feed AS (
    SELECT
        facility,
        sum(n_messages_beyond) AS n_messages_beyond,
        [
            { 'unit': 'file', 'outcome': 'read', 'n': count(*) },
            { 'unit': 'file', 'outcome': 'used', 'n': count(*) FILTER (WHERE NOT is_refused) },
            { 'unit': 'file', 'outcome': 'quarantined', 'n': count(*) FILTER (WHERE is_refused) },
            { 'unit': 'message', 'outcome': 'read', 'n': sum(n_messages) },
            { 'unit': 'message', 'outcome': 'used', 'n': sum(n_messages - n_messages_held) },
            { 'unit': 'message', 'outcome': 'quarantined', 'n': sum(n_messages_held) },
            { 'unit': 'result', 'outcome': 'read', 'n': sum(n_results) },
            { 'unit': 'result', 'outcome': 'measured', 'n': sum(n_measured) },
            { 'unit': 'result', 'outcome': 'superseded', 'n': sum(n_superseded) },
            {
                'unit': 'result', 'outcome': 'not_immunoglobulin',
                'n': sum(n_not_immunoglobulin + n_results_skipped)
            },
            { 'unit': 'result', 'outcome': 'unusable', 'n': sum(n_unusable) },
            { 'unit': 'result', 'outcome': 'quarantined', 'n': sum(n_results_refused) },
            { 'unit': 'exposure', 'outcome': 'read', 'n': sum(n_exposures_read) },
            { 'unit': 'exposure', 'outcome': 'used', 'n': sum(n_exposures) },
            { 'unit': 'exposure', 'outcome': 'quarantined', 'n': sum(n_exposures_refused) },
            { 'unit': 'merge', 'outcome': 'read', 'n': sum(n_merges_read) },
            { 'unit': 'merge', 'outcome': 'used', 'n': sum(n_merges) },
            { 'unit': 'merge', 'outcome': 'quarantined', 'n': sum(n_merges_refused) },
            { 'unit': 'review', 'outcome': 'read', 'n': sum(n_reviews_read) },
            { 'unit': 'review', 'outcome': 'used', 'n': sum(n_reviews) },
            { 'unit': 'review', 'outcome': 'quarantined', 'n': sum(n_reviews_refused) },
            { 'unit': 'patient', 'outcome': 'read', 'n': sum(n_patients_read) },
            { 'unit': 'patient', 'outcome': 'used', 'n': sum(n_patients) },
            { 'unit': 'patient', 'outcome': 'quarantined', 'n': sum(n_patients_refused) }
        ] AS counts
    FROM file
    GROUP BY facility
),

counted AS (
    SELECT
        facility,
        n_messages_beyond,
        unnest(counts) AS part
    FROM feed
)

SELECT
    c.facility,
    c.part.unit,
    c.part.outcome,
    c.part.n::BIGINT AS n,
    (
        sum(if(c.part.outcome = 'read', c.part.n, -c.part.n)) OVER a_unit
        + if(c.part.unit = 'message', c.n_messages_beyond, 0)
    )::BIGINT AS balance
FROM counted AS c
WINDOW a_unit AS (PARTITION BY c.facility, c.part.unit)
QUALIFY max(c.part.n) OVER a_unit > 0
