-- exposure.order_number: the order of each exposure whose own numbers do not say it alone
-- grain: exposure_number
-- HL7 v2 chapter 4: the placer's and the filler's number, each with its namespace, name one order; a stop
-- may name either. A number without a namespace is that of the only namespace it is sent with; a filler's
-- number that stands alone is the order of the placer's number that it is sent with elsewhere.
WITH number AS NOT MATERIALIZED (
    SELECT
        facility,
        patient_key,
        'placer' AS issuer,
        placer_order_number AS number,
        placer_namespace AS namespace
    FROM exposure.as_sent
    WHERE placer_order_number IS NOT NULL
    UNION ALL
    SELECT
        facility,
        patient_key,
        'filler' AS issuer,
        filler_order_number AS number,
        filler_namespace AS namespace
    FROM exposure.as_sent
    WHERE filler_order_number IS NOT NULL
),

bare AS (
    SELECT DISTINCT
        facility,
        patient_key,
        issuer,
        number
    FROM number
    WHERE namespace IS NULL
),

only_namespace AS (
    SELECT
        n.facility,
        n.patient_key,
        n.issuer,
        n.number,
        min(n.namespace) AS namespace
    FROM number AS n
    SEMI JOIN bare AS b
        ON
            n.facility = b.facility AND n.patient_key = b.patient_key
            AND n.issuer = b.issuer AND n.number = b.number
    WHERE n.namespace IS NOT NULL
    GROUP BY n.facility, n.patient_key, n.issuer, n.number
    HAVING min(n.namespace) = max(n.namespace)
),

resolved AS NOT MATERIALIZED (
    SELECT
        e.exposure_number,
        e.facility,
        e.patient_key,
        order_key(e.placer_order_number, coalesce(e.placer_namespace, p.namespace)) AS placer,
        order_key(e.filler_order_number, coalesce(e.filler_namespace, f.namespace)) AS filler,
        p.namespace IS NOT NULL AS is_completed
    FROM exposure.as_sent AS e
    LEFT JOIN only_namespace AS p
        ON
            e.facility = p.facility AND e.patient_key = p.patient_key
            AND e.placer_order_number = p.number AND p.issuer = 'placer' AND e.placer_namespace IS NULL
    LEFT JOIN only_namespace AS f
        ON
            e.facility = f.facility AND e.patient_key = f.patient_key
            AND e.filler_order_number = f.number AND f.issuer = 'filler' AND e.filler_namespace IS NULL
),

alone AS (
    SELECT *
    FROM resolved
    WHERE placer IS NULL AND filler IS NOT NULL
),

linked AS (
    SELECT
        r.facility,
        r.patient_key,
        r.filler,
        min(r.placer) AS placer
    FROM resolved AS r
    SEMI JOIN alone AS a
        ON r.facility = a.facility AND r.patient_key = a.patient_key AND r.filler = a.filler
    WHERE r.placer IS NOT NULL
    GROUP BY r.facility, r.patient_key, r.filler
)

SELECT
    exposure_number,
    placer AS order_key
FROM resolved
WHERE is_completed
UNION ALL
SELECT
    a.exposure_number,
    coalesce(l.placer, a.filler) AS order_key
FROM alone AS a
LEFT JOIN linked AS l
    ON a.facility = l.facility AND a.patient_key = l.patient_key AND a.filler = l.filler
