-- quality.unusable_reason: results that cannot be used, by feed and reason
-- grain: facility, reason_code
-- A reason of few or no results has no row; quality.unmapped_code tells by its texts that there are five, so
-- few are small_count more than these. share is of what could have been measured, as
-- quality.conservation shows it.
WITH feed AS (
    SELECT
        facility,
        sum(n) AS n_measurable
    FROM quality.conservation
    WHERE unit = 'result' AND outcome IN ('measured', 'unusable')
    GROUP BY facility
),

reason AS (
    SELECT
        facility,
        reason_code,
        shown_count_beyond(sum(n_results), threshold('text_min_results')) AS n_results
    FROM tally.result
    WHERE disposition = 'unusable'
    GROUP BY facility, reason_code
)

SELECT
    r.facility,
    r.reason_code,
    r.n_results,
    round(r.n_results / f.n_measurable, 2) AS share,
    FALSE AS is_suppressed
FROM reason AS r
LEFT JOIN feed AS f ON r.facility = f.facility
WHERE r.n_results IS NOT NULL
