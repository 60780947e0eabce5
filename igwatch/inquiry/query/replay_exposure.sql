-- each exposure of one person that touches a rule and was not known on a past night
-- grain: one row per exposure
SELECT
    name,
    code,
    kind,
    start_date,
    if(end_known_by IN ('limit', 'filler'), NULL, end_date) AS end_date
FROM live.core.exposure
WHERE
    patient_key = $key_now
    AND effect IS NOT NULL
    AND (
        effect NOT IN ('definite', 'possible', 'suspected')
        OR CASE $index_analyte
            WHEN 'igg' THEN lowers_igg
            WHEN 'iga' THEN lowers_iga
            WHEN 'igm' THEN lowers_igm
        END
    )
EXCEPT
SELECT
    name,
    code,
    kind,
    start_date,
    if(end_known_by IN ('limit', 'filler'), NULL, end_date) AS end_date
FROM past.core.exposure
WHERE patient_key IN ($key_then, $key_now)
ORDER BY ALL
