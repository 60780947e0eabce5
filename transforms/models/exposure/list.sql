-- exposure.list: each full list of exposures, and whether it is the one that holds
-- grain: facility, source_sha256
-- Of a facility whose `exposure_delivery` is snapshot every file is the whole list of its name (the digits
-- of a date or number aside), and replaces the one before. One that is empty or has lost too many patients
-- (exposure_list_min_share) is held, and the one before stays, unless the site has accepted it by name.
WITH RECURSIVE counted AS (
    SELECT
        facility,
        source_sha256,
        count(DISTINCT patient_key(assigning_authority, patient_id)) AS n_patients
    FROM raw.exposure
    SEMI JOIN (SELECT facility FROM knowledge.facility WHERE exposure_delivery = 'snapshot') AS s
        USING (facility)
    GROUP BY facility, source_sha256
),

delivered AS (
    SELECT
        f.facility,
        f.source_sha256,
        f.source_name,
        list_name(f.source_name) AS list_name,
        coalesce(c.n_patients, 0) AS n_patients,
        row_number() OVER (
            PARTITION BY f.facility, list_name(f.source_name) ORDER BY f.delivered_at, f.source_sha256
        ) AS number,
        a.as_sent IS NOT NULL AS is_accepted_by_hand
    FROM raw.source_file AS f
    INNER JOIN knowledge.facility AS y
        ON f.facility = y.facility AND y.exposure_delivery = 'snapshot'
    LEFT JOIN counted AS c ON f.facility = c.facility AND f.source_sha256 = c.source_sha256
    LEFT JOIN knowledge.local_word AS a
        ON
            f.facility = a.facility AND a.topic = 'exposure_list'
            AND a.as_sent = upper(file_name(f.source_name))
    WHERE f.content = 'exposures'
),

judged AS (
    SELECT
        facility,
        list_name,
        number,
        source_sha256,
        source_name,
        n_patients,
        TRUE AS is_accepted,
        n_patients AS n_patients_held_against
    FROM delivered
    WHERE number = 1
    UNION ALL
    SELECT
        d.facility,
        d.list_name,
        d.number,
        d.source_sha256,
        d.source_name,
        d.n_patients,
        is_accepted_list(d, j.n_patients_held_against) AS is_accepted,
        if(
            is_accepted_list(d, j.n_patients_held_against), d.n_patients, j.n_patients_held_against
        ) AS n_patients_held_against
    FROM judged AS j
    INNER JOIN delivered AS d
        ON j.facility = d.facility AND j.list_name = d.list_name AND d.number = j.number + 1
)

SELECT
    facility,
    source_sha256,
    source_name,
    list_name,
    n_patients,
    is_accepted,
    CASE
        WHEN is_accepted
            THEN row_number() OVER (
                PARTITION BY facility, list_name, is_accepted ORDER BY number DESC
            )
    END AS age_in_lists
FROM judged
