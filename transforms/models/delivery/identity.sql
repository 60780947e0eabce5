-- delivery.identity: whose results tonight's delivery holds, as far as systems make people up
-- grain: facility
-- A birth date that is not known is written as 1 January by many systems; of true ones 1 in 365 is.
-- Alone: an IgM panel without an IgG or an IgA of the same time. NULL below the minimum. Internal.
WITH needed AS (
    SELECT threshold('share_min_results') AS n_share
),

measured AS (
    SELECT
        m.facility,
        m.patient_key,
        m.birth_date
    FROM core.measurement AS m
    INNER JOIN run.source AS s
        ON m.facility = s.facility AND m.source_sha256 = s.source_sha256
    WHERE s.is_new
),

person AS (
    SELECT
        facility,
        count(DISTINCT patient_key) FILTER (WHERE birth_date IS NOT NULL) AS n_born,
        count(DISTINCT patient_key) FILTER (WHERE month(birth_date) = 1 AND day(birth_date) = 1)
            AS n_1_january
    FROM measured
    GROUP BY facility
),

panel AS (
    SELECT
        s.facility,
        count(*) AS n_panels,
        count(*) FILTER (WHERE p.igg_row IS NULL OR p.iga_row IS NULL) AS n_igm_alone
    FROM panel.member AS p
    INNER JOIN lookup.source AS f ON source_of(p.index_result_number) = f.source_number
    INNER JOIN run.source AS s
        ON f.facility = s.facility AND f.source_sha256 = s.source_sha256
    WHERE s.is_new AND p.index_analyte = 'igm'
    GROUP BY s.facility
)

SELECT
    p.facility,
    if(p.n_born >= t.n_share, p.n_1_january / p.n_born, NULL) AS share_born_1_january,
    if(a.n_panels >= t.n_share, a.n_igm_alone / a.n_panels, NULL) AS share_igm_alone
FROM person AS p
CROSS JOIN needed AS t
LEFT JOIN panel AS a ON p.facility = a.facility
