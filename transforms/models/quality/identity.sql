-- quality.identity: where it is not certain who somebody is: merges, results held, numbers, fillers
-- grain: facility
WITH refused AS (
    SELECT
        facility,
        count(*) AS n_merges_refused
    FROM core.merge_refused
    GROUP BY facility
),

unassigned AS (
    SELECT
        facility,
        count(*) AS n_results_held
    FROM core.unusable
    WHERE reason_code = 'patient_identity_held'
    GROUP BY facility
),

alike AS (
    SELECT
        facility,
        count(*) AS n_identifiers_alike
    FROM core.identifier_alike
    GROUP BY facility
),

unwrapped AS (
    SELECT
        facility,
        count(*) AS n_results_unwrapped
    FROM raw.observation
    WHERE message_number IS NULL AND patient_identifier_list IS NOT NULL
    GROUP BY facility
),

filler AS (
    SELECT
        facility,
        count(*) AS n_birth_date_placeholders
    FROM identity.filler_birth_date
    GROUP BY facility
),

counted AS (
    SELECT
        f.facility,
        coalesce(r.n_merges_refused, 0) AS n_merges_refused,
        coalesce(h.n_results_held, 0) AS n_results_held,
        coalesce(a.n_identifiers_alike, 0) AS n_identifiers_alike,
        coalesce(u.n_results_unwrapped, 0) AS n_results_unwrapped,
        coalesce(b.n_birth_date_placeholders, 0) AS n_birth_date_placeholders
    FROM (SELECT DISTINCT facility FROM raw.source_file) AS f
    LEFT JOIN refused AS r ON f.facility = r.facility
    LEFT JOIN unassigned AS h ON f.facility = h.facility
    LEFT JOIN alike AS a ON f.facility = a.facility
    LEFT JOIN unwrapped AS u ON f.facility = u.facility
    LEFT JOIN filler AS b ON f.facility = b.facility
)

SELECT
    facility,
    shown_count(n_merges_refused) AS n_merges_refused,
    shown_count(n_results_held) AS n_results_held,
    shown_count(n_identifiers_alike) AS n_identifiers_alike,
    shown_count(n_results_unwrapped) AS n_results_unwrapped,
    shown_count(n_birth_date_placeholders) AS n_birth_date_placeholders
FROM counted
