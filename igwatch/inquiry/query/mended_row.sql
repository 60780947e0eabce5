-- results of later files that say what a refused row says, in every cell but the one at fault
-- grain: id, patient_id, code, test_name, collected, value
-- $refused: id, facility, field, landed_at and the texts of the refused row's cells. What was known
-- before the row was refused mends nothing: an export of the whole history sends it again.
WITH refused AS (
    SELECT * FROM refused_row
),

result AS (
    SELECT
        o.facility,
        f.landed_at,
        o.patient_id,
        o.observation_identifier AS code,
        o.observation_text AS test_name,
        o.collected_at_source_value AS collected,
        o.observation_value AS value,
        o.filler_order_number,
        o.specimen_id
    FROM read_parquet($observations, union_by_name => true) AS o
    INNER JOIN read_parquet($files, union_by_name => true) AS f
        ON o.facility = f.facility AND o.source_sha256 = f.source_sha256
    WHERE o.facility IN (SELECT r.facility FROM refused AS r)
),

cell AS (
    SELECT DISTINCT
        id,
        facility,
        landed_at,
        field,
        cells,
        unnest(cells) AS said
    FROM refused
),

likely AS (
    SELECT
        c.*,
        r.* EXCLUDE (facility, landed_at)
    FROM cell AS c
    INNER JOIN result AS r ON c.facility = r.facility AND c.said = r.patient_id
    WHERE r.landed_at > c.landed_at AND c.field IS DISTINCT FROM 'patient_id'
    UNION ALL
    SELECT
        c.*,
        r.* EXCLUDE (facility, landed_at)
    FROM cell AS c
    INNER JOIN result AS r
        ON c.facility = r.facility AND c.said = coalesce(r.filler_order_number, r.specimen_id)
    WHERE r.landed_at > c.landed_at AND c.field = 'patient_id'
)

SELECT DISTINCT
    k.id,
    k.patient_id,
    k.code,
    k.test_name,
    k.collected,
    k.value
FROM likely AS k
ANTI JOIN result AS b
    ON
        k.facility = b.facility AND b.landed_at <= k.landed_at AND k.patient_id = b.patient_id
        AND k.code IS NOT DISTINCT FROM b.code AND k.test_name IS NOT DISTINCT FROM b.test_name
        AND k.collected IS NOT DISTINCT FROM b.collected AND k.value IS NOT DISTINCT FROM b.value
WHERE
    (k.field = 'code' OR k.code IS NULL OR list_contains(k.cells, trim(k.code)))
    AND (k.test_name IS NULL OR list_contains(k.cells, trim(k.test_name)) OR k.code IS NOT NULL)
    AND (k.field = 'collected_at' OR list_contains(k.cells, trim(k.collected)))
    AND (k.field = 'value' OR k.value IS NULL OR list_contains(k.cells, trim(k.value)))
    AND (
        k.field = 'order_number' OR k.filler_order_number IS NULL
        OR list_contains(k.cells, k.filler_order_number)
    )
    AND (
        k.field = 'specimen_id' OR k.specimen_id IS NULL OR list_contains(k.cells, k.specimen_id)
    )
ORDER BY ALL
