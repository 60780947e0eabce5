-- everything refused, with its reason in words and where its bytes lie
-- grain: id
SELECT
    r.source_sha256[:16] || ':' || r.facility || ':' || r.position AS id,
    r.facility,
    f.source_name,
    r.level,
    r.unit,
    r.message_number,
    r.line_number,
    r.field,
    r.found,
    r.reason_code,
    k.sentence AS reason,
    k.mend,
    r.n_results,
    r.source_sha256,
    r.byte_offset,
    r.byte_length,
    r.message_control_id_hash,
    f.landed_at
FROM read_parquet($rejects, union_by_name => true) AS r
INNER JOIN read_parquet($files, union_by_name => true) AS f
    ON r.facility = f.facility AND r.source_sha256 = f.source_sha256
LEFT JOIN reject_reason AS k ON r.reason_code = k.reason_code
ORDER BY r.facility, f.source_name, r.position
