-- quality.identity: merges that were refused and results held because it is not certain whose they are
-- grain: facility
-- A count of 1 to 4 is hidden.
WITH threshold AS (
    SELECT max(value) AS small_count FROM knowledge.check_threshold
    WHERE threshold = 'small_count'
),

refused AS (
    SELECT
        facility,
        count(*) AS n_merges_refused
    FROM core.merge_refused
    GROUP BY facility
),

held AS (
    SELECT
        facility,
        count(*) AS n_results_held
    FROM core.unusable
    WHERE reason_code = 'patient_identity_held'
    GROUP BY facility
),

counted AS (
    SELECT
        f.facility,
        coalesce(r.n_merges_refused, 0) AS n_merges_refused,
        coalesce(h.n_results_held, 0) AS n_results_held,
        range(1, t.small_count::BIGINT) AS hidden
    FROM (SELECT DISTINCT facility FROM raw.source_file) AS f
    CROSS JOIN threshold AS t
    LEFT JOIN refused AS r ON f.facility = r.facility
    LEFT JOIN held AS h ON f.facility = h.facility
)

SELECT
    facility,
    if(n_merges_refused IN hidden, NULL, n_merges_refused) AS n_merges_refused,
    if(n_results_held IN hidden, NULL, n_results_held) AS n_results_held
FROM counted
