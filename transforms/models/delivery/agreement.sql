-- delivery.agreement: what tonight's delivery is read as, against its laboratory and its own past
-- grain: facility
-- Opposite: low for us and high for the laboratory, or the reverse. Disagreement: low for one of the
-- two and not low for the other. low_ratio: share of low results over that of all earlier ones, where
-- the difference is more than chance, else 1. NULL below the minimum of results. Internal.
WITH needed AS (
    SELECT
        threshold('share_min_results') AS n_share,
        threshold('step_min_results') AS n_step,
        threshold('step_noise_multiple') AS noise_multiple
),

-- what is held because its laboratory says the opposite is compared as well
read_result AS (
    SELECT
        facility,
        source_sha256,
        laboratory_interpretation,
        class
    FROM core.measurement
    UNION ALL
    SELECT
        facility,
        source_sha256,
        laboratory_interpretation,
        class
    FROM result.opposed_by_laboratory
),

compared_result AS (
    SELECT
        m.facility,
        s.is_new,
        m.laboratory_interpretation,
        m.class IN ('very_low', 'low') AS is_low,
        m.class IN ('normal', 'borderline_high', 'high') AS is_not_low,
        m.class = 'high' AS is_high
    FROM read_result AS m
    INNER JOIN run.source AS s
        ON m.facility = s.facility AND m.source_sha256 = s.source_sha256
    WHERE m.class <> 'not_classed'
),

counted AS (
    SELECT
        facility,
        count(*) FILTER (WHERE is_new) AS n,
        count(*) FILTER (WHERE is_new AND is_low) AS n_low,
        count(*) FILTER (WHERE NOT is_new) AS n_before,
        count(*) FILTER (WHERE NOT is_new AND is_low) AS n_low_before,
        count(*) FILTER (WHERE is_new AND laboratory_interpretation IN ('L', 'H')) AS n_marked,
        count(*) FILTER (
            WHERE is_new AND (
                (laboratory_interpretation = 'H' AND is_low)
                OR (laboratory_interpretation = 'L' AND is_high)
            )
        ) AS n_opposite,
        count(*) FILTER (WHERE is_new AND laboratory_interpretation IS NOT NULL) AS n_interpreted,
        count(*) FILTER (
            WHERE is_new AND (
                (laboratory_interpretation = 'L' AND is_not_low)
                OR (laboratory_interpretation IN ('N', 'H') AND is_low)
            )
        ) AS n_disagreed
    FROM compared_result
    GROUP BY facility
),

compared AS (
    SELECT
        c.*,
        t.*,
        c.n_low / nullif(c.n, 0) AS share_low,
        c.n_low_before / nullif(c.n_before, 0) AS share_low_before,
        (c.n_low + c.n_low_before) / nullif(c.n + c.n_before, 0) AS share_low_all
    FROM counted AS c
    CROSS JOIN needed AS t
)

SELECT
    facility,
    if(n_marked >= n_share, n_opposite / n_marked, NULL) AS share_opposite,
    if(n_interpreted >= n_share, n_disagreed / n_interpreted, NULL) AS share_disagreement,
    CASE
        WHEN n < n_step OR n_before < n_step OR n_low_before = 0 THEN NULL
        WHEN
            abs(share_low - share_low_before)
            > noise_multiple * sqrt(share_low_all * (1 - share_low_all) * (1 / n + 1 / n_before))
            THEN share_low / share_low_before
        ELSE 1
    END AS low_ratio
FROM compared
WHERE n > 0
