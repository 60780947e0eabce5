-- flag.counted_result: the counted results of each flag, and the night from which each was known
-- grain: patient_key, rule_id, measurement_id
-- A result that was only sent again is as old as its first sending; a corrected one is new.
WITH sent AS (
    SELECT
        measurement_id,
        facility,
        source_sha256
    FROM core.measurement
    UNION ALL
    SELECT
        superseded_by AS measurement_id,
        facility,
        source_sha256
    FROM core.superseded
    WHERE reason_code = 'resent_unchanged'
)

SELECT
    e.patient_key,
    e.rule_id,
    e.measurement_id,
    min(coalesce(k.known_on, c.as_of)) AS known_on
FROM flag.evidence AS e
CROSS JOIN run.clock AS c
INNER JOIN sent AS s ON e.measurement_id = s.measurement_id
LEFT JOIN run.known_source AS k
    ON s.facility = k.facility AND s.source_sha256 = k.source_sha256
WHERE e.role = 'index' AND e.is_counted
GROUP BY e.patient_key, e.rule_id, e.measurement_id
