-- The results of one generated source file: specimens k, k + n_files, ... and some sent before, again
-- grain: position
-- Levels are spread as in a hospital (IgM low in about 2 %, borderline in 3 %); one facility writes
-- g/L, another mg/dL, a third decimal commas. Codes come from knowledge, by analyte.
WITH specimen AS (
    SELECT
        s.specimen,
        false AS is_resent
    FROM range($file, $n_specimens, $n_files) AS s (specimen)
    UNION ALL
    SELECT
        s.specimen,
        true AS is_resent
    FROM range($file - 3, $n_specimens, $n_files) AS s (specimen)
    WHERE s.specimen >= 0 AND hash(s.specimen, 'again') % 25 = 0
),

drawn AS (
    SELECT
        *,
        hash(specimen, 'patient') % $n_patients AS patient,
        to_timestamp(0)::TIMESTAMP + to_days(18262 + (1826 * $file // $n_files)::INTEGER)
        + to_hours((hash(specimen, 'hour') % 24)::INTEGER) AS collected_at
    FROM specimen
),

person AS (
    SELECT
        *,
        DATE '2024-01-01' - (CASE
            WHEN hash(patient, 'age') % 100 < 2 THEN 100 + hash(patient) % 630
            WHEN hash(patient, 'age') % 100 < 14 THEN 1200 + hash(patient) % 5300
            ELSE 8000 + hash(patient) % 24000
        END)::INTEGER AS birth_date,
        if(hash(patient, 'sex') % 2 = 0, 'F', 'M') AS sex,
        hash(patient, 'low') % 1000 < 20 AS is_low
    FROM drawn
),

test (analyte, median, spread, low_factor) AS (
    VALUES
    ('igg', 11.0, 0.18, 1.0), ('iga', 2.1, 0.35, 1.0), ('igm', 1.15, 0.33, 0.25),
    ('ige', 30.0, 0.9, 1.0), ('other', 70.0, 0.1, 1.0)
),

level AS (
    SELECT
        p.*,
        t.analyte,
        t.median
        * exp(t.spread * sqrt(-2 * ln((hash(p.specimen, t.analyte) % 100000 + 1) / 100001.0))
            * cos(2 * pi() * (hash(t.analyte, p.specimen) % 100000) / 100000.0))
        * if(p.is_low, t.low_factor, 1)
        * if(p.birth_date > DATE '2018-01-01' AND t.analyte IN ('igg', 'iga'), 0.55, 1) AS value
    FROM person AS p
    INNER JOIN test AS t
        ON t.analyte IN ('igg', 'iga', 'igm') OR hash(p.specimen, t.analyte, 'asked') % 10 = 0
),

written AS (
    SELECT
        l.*,
        c.code,
        c.name,
        CASE
            WHEN l.analyte = 'ige' THEN 'kU/L'
            WHEN l.analyte = 'other' OR $facility <> 'mg' THEN 'g/L'
            ELSE 'mg/dL'
        END AS units,
        CASE
            WHEN hash(l.specimen, l.analyte, 'word') % 100 = 0 THEN 'haemolysed'
            WHEN $facility = 'comma' THEN replace(round(l.value, 2)::VARCHAR, '.', ',')
            WHEN $facility = 'mg' AND l.analyte NOT IN ('ige', 'other')
                THEN round(l.value * 100)::INTEGER::VARCHAR
            ELSE round(l.value, 2)::VARCHAR
        END AS observation_value
    FROM level AS l
    LEFT JOIN $code AS c ON l.analyte = c.analyte
)

SELECT
    $facility AS facility,
    $source_sha256 AS source_sha256,
    dense_rank() OVER place AS message_number,
    row_number() OVER place AS line_number,
    row_number() OVER place AS position,
    'M' || $file || '-' || specimen AS message_control_id,
    'ORU^R01' AS message_type,
    upper($facility) AS sending_facility,
    collected_at + if(is_resent, INTERVAL 3 DAY, INTERVAL 5 HOUR) AS message_at,
    lpad(patient::VARCHAR, 9, '0') AS patient_id,
    upper($facility) AS assigning_authority,
    lpad(patient::VARCHAR, 9, '0') || '^^^' || upper($facility) || '^MR' AS patient_identifier_list,
    birth_date,
    strftime(birth_date, '%Y%m%d') AS birth_date_source_value,
    sex AS administrative_sex,
    'P' || specimen AS placer_order_number,
    'F' || specimen AS filler_order_number,
    'IGS' AS universal_service_identifier,
    'S' || specimen AS specimen_id,
    'SER' AS specimen_type,
    collected_at,
    strftime(collected_at, '%Y%m%d%H%M') AS collected_at_source_value,
    'OBR-7' AS collected_at_field,
    collected_at + INTERVAL 4 HOUR AS resulted_at,
    'F' AS result_status,
    analyte AS set_id,
    'NM' AS value_type,
    coalesce(code, 'TP') AS observation_identifier,
    coalesce(name, 'Total protein') AS observation_text,
    if(code IS NULL, 'L', 'LN') AS coding_system,
    observation_value,
    units,
    if(is_resent AND hash(specimen, 'corrected') % 5 = 0, 'C', 'F') AS observation_result_status,
    'LAB' || hash(specimen) % 3 AS producer
FROM written
WINDOW place AS (ORDER BY is_resent, specimen)
