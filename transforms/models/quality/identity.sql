-- quality.identity: merges that were refused, results whose person is not certain, birth dates left out
-- grain: facility
-- A count of 1 to 4 is hidden.
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
        coalesce(b.n_birth_date_placeholders, 0) AS n_birth_date_placeholders
    FROM (SELECT DISTINCT facility FROM raw.source_file) AS f
    LEFT JOIN refused AS r ON f.facility = r.facility
    LEFT JOIN unassigned AS h ON f.facility = h.facility
    LEFT JOIN filler AS b ON f.facility = b.facility
)

SELECT
    facility,
    if(is_small(n_merges_refused), NULL, n_merges_refused) AS n_merges_refused,
    if(is_small(n_results_held), NULL, n_results_held) AS n_results_held,
    if(is_small(n_birth_date_placeholders), NULL, n_birth_date_placeholders)
        AS n_birth_date_placeholders
FROM counted
