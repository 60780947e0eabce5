-- each change of one person's status that was published up to a clock
-- grain: as_of, rule_id
SELECT
    rule_id,
    as_of,
    from_status,
    to_status,
    status_reason,
    rule_version
FROM flag.transition
WHERE patient_key = $patient_key AND coalesce(rule_id = $rule_id, TRUE) AND as_of <= $as_of
ORDER BY as_of, rule_id
