-- mart.review: the latest verdict of a clinic on a patient and rule, by the clock of the run
-- grain: patient_key, rule_id
SELECT
    coalesce(a.patient_key, sha256(r.assigning_authority || chr(31) || r.patient_id)[:16])
        AS patient_key,
    r.rule_id,
    r.verdict,
    r.reviewed_at
FROM raw.review AS r
CROSS JOIN run.clock AS c
LEFT JOIN core.patient_alias AS a
    ON r.assigning_authority = a.assigning_authority AND r.patient_id = a.patient_id
WHERE r.reviewed_at::DATE <= c.as_of
QUALIFY row_number() OVER (
    PARTITION BY
        coalesce(a.patient_key, sha256(r.assigning_authority || chr(31) || r.patient_id)[:16]),
        r.rule_id
    ORDER BY r.reviewed_at DESC, r.source_sha256 DESC, r.position DESC
) = 1
