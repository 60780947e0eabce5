-- each person who is not linked yet, with what raw holds to compare records by
-- grain: unique_id
-- unique_id: the patient_key. other_numbers: what else stands in PID-3 of their results, by who issued it or,
-- where nobody is named, by its type; a number of one repeated sign is a filler.
WITH repetition AS (
    SELECT DISTINCT
        m.patient_key,
        m.patient_id,
        string_split(unnest(string_split(o.patient_identifier_list, '~')), '^') AS cx
    FROM core.measurement AS m
    INNER JOIN read_parquet($observations, union_by_name => true) AS o
        ON m.facility = o.facility AND m.source_sha256 = o.source_sha256 AND m.position = o.position
    WHERE o.message_number IS NOT NULL
),

numbered AS (
    SELECT
        patient_key,
        patient_id,
        upper(regexp_replace(cx[1], '[\s.-]', '', 'g')) AS number,
        upper(coalesce(nullif(split_part(coalesce(cx[4], ''), '&', 1), ''), cx[5])) AS issuer
    FROM repetition
),

other AS (
    SELECT
        patient_key,
        list(DISTINCT issuer || ' ' || number) AS other_numbers
    FROM numbered
    WHERE
        length(number) > 4 AND issuer <> '' AND number <> upper(patient_id)
        AND number <> repeat(left(number, 1), length(number))
    GROUP BY patient_key
),

flag AS (
    SELECT
        patient_key,
        list_sort(list(DISTINCT status)) AS statuses
    FROM flag.patient_flag
    GROUP BY patient_key
)

SELECT
    p.patient_key AS unique_id,
    p.patient_id,
    p.assigning_authority,
    p.facility,
    p.birth_date,
    if(p.sex IN ('F', 'M'), p.sex, NULL) AS sex,
    coalesce(o.other_numbers, []) AS other_numbers,
    coalesce(f.statuses, []) AS statuses
FROM core.patient AS p
LEFT JOIN other AS o ON p.patient_key = o.patient_key
LEFT JOIN flag AS f ON p.patient_key = f.patient_key
