-- lookup.source: every source file of this build, numbered, with what its facility's settings decide
-- grain: source_number
-- Models join by the number; the digest and the name come back in what is published.
SELECT
    (row_number() OVER (ORDER BY f.facility, f.source_sha256))::BIGINT AS source_number,
    f.facility,
    f.source_sha256,
    f.source_name,
    left(f.source_sha256, 16) || ':' || f.facility || ':' AS id_prefix,
    k.decimal_mark,
    k.reference_set
FROM raw.source_file AS f
INNER JOIN knowledge.facility AS k ON f.facility = k.facility
