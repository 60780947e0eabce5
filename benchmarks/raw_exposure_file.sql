-- The exposures of one generated source file: a large hospital's year of orders, doses, diagnoses
-- grain: position
-- Of 20 rows 7 are lines of orders, of which one in 30 is stopped; 5 are doses of them; 5 are diagnoses
-- of an encounter, some sent again; 3 are dispensings by name with a supply. As many texts as a hospital
-- has: some 3,000 drugs and 9,000 diagnoses; one row in 60 is a drug that bears on a rule.
WITH drawn AS (
    SELECT
        n,
        hash(n, 'what') % 20 AS what,
        hash(n, 'patient') % $n_patients AS patient,
        hash(n, 'drug') AS drug,
        hash(n, 'diagnosis') AS diagnosis,
        TIMESTAMP '2024-03-01' + to_seconds((365 * 86400 * ($file / $n_files))::INTEGER)
        + to_seconds((hash(n, 'time') % 86400)::INTEGER) AS message_at
    FROM range($first, $last) AS r (n)
),

told AS (
    SELECT
        *,
        CASE
            WHEN what < 7 THEN if(hash(n, 'stop') % 30 = 0, 'stop', 'order')
            WHEN what < 12 THEN 'dose'
            WHEN what < 17 THEN 'diagnosis'
            ELSE 'dispensing'
        END AS told,
        CASE
            WHEN drug % 60 = 0 THEN (['L01FA01', 'H02AB06', 'N05AH02', 'N03AG01'])[1 + (drug // 60 % 4)::INTEGER]
            ELSE
                substr('ABCDGJMNRS', 1 + (drug % 10)::INTEGER, 1) || lpad((drug // 10 % 12)::VARCHAR, 2, '0')
                || substr('ABCD', 1 + (drug // 120 % 4)::INTEGER, 1) || 'A'
                || lpad((drug // 480 % 7)::VARCHAR, 2, '0')
        END AS atc,
        substr('ABCDEFGHIJKLMNOPQRSTZ', 1 + (diagnosis % 21)::INTEGER, 1)
        || lpad((diagnosis // 21 % 90)::VARCHAR, 2, '0') || '.' || diagnosis // 1890 % 5 AS icd
    FROM drawn
)

SELECT
    $facility AS facility,
    $source_sha256 AS source_sha256,
    if(told = 'dispensing', NULL, row_number() OVER (ORDER BY n)) AS message_number,
    row_number() OVER (ORDER BY n) AS line_number,
    row_number() OVER (ORDER BY n) AS position,
    message_at,
    CASE told WHEN 'dispensing' THEN NULL WHEN 'diagnosis' THEN 'A08' WHEN 'dose' THEN 'O17' ELSE 'O11' END
        AS event,
    CASE told WHEN 'dispensing' THEN NULL WHEN 'diagnosis' THEN 'DG1' WHEN 'dose' THEN 'RXA' ELSE 'RXE' END
        AS segment,
    lpad(patient::VARCHAR, 9, '0') AS patient_id,
    upper($facility) AS assigning_authority,
    if(told = 'diagnosis', 'E' || patient || '-' || hash(n, 'encounter') % 3, NULL) AS encounter_number,
    if(told = 'diagnosis', 'diagnosis', 'medication') AS kind,
    CASE told
        WHEN 'diagnosis' THEN 'listed'
        WHEN 'dose' THEN 'administered'
        WHEN 'dispensing' THEN 'dispensed'
        ELSE 'ordered'
    END AS event_kind,
    CASE told WHEN 'dispensing' THEN NULL WHEN 'diagnosis' THEN icd ELSE atc END AS code,
    CASE told WHEN 'dispensing' THEN NULL WHEN 'diagnosis' THEN 'I10' ELSE 'ATC' END AS code_system,
    CASE
        WHEN told = 'diagnosis' THEN 'Diagnosis number ' || icd || ' of the catalogue, unspecified'
        WHEN drug % 60 = 0 AND told = 'dispensing' THEN 'Prednisolone 5 mg tablets'
        ELSE 'Drug ' || atc || ' ' || 5 * (1 + drug // 7 % 3) || ' mg film-coated tablets'
    END AS name,
    message_at::DATE AS start_date,
    'day' AS start_date_precision,
    if(told = 'dispensing', 90, NULL) AS days_supply,
    if(told = 'order' AND drug % 3 = 0, 14, NULL) AS duration_days,
    if(told = 'dose', '1', NULL) AS amount,
    if(told IN ('order', 'stop', 'dose'), 'R' || patient || '-' || hash(n, 'order') % 12, NULL)
        AS placer_order_number,
    if(told IN ('order', 'stop', 'dose'), 'PHARM', NULL) AS placer_namespace,
    if(told = 'dose', n::VARCHAR, NULL) AS administration_number,
    if(told = 'stop', message_at::DATE, NULL) AS effective_date,
    CASE told
        WHEN 'order' THEN 'ORC-1 NW'
        WHEN 'stop' THEN 'ORC-1 DC'
        WHEN 'dose' THEN 'RXA-20 CP'
        WHEN 'diagnosis' THEN 'DG1-6 F'
    END AS statements
FROM told
