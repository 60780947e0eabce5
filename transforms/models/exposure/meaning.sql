-- exposure.meaning: what each text that was sent means: the rows of knowledge, or why there is none
-- grain: exposure_hash, exposure_id
-- In this order: the row of the longest code; none, where the code is one of its system that no row asks
-- for; the rows of the name; the row of the drug's group, which nobody has looked at; for a medication
-- that nothing is known of, the row of unrecognised ones. unmapped_reason says what a person may mend.
WITH coded AS (
    SELECT
        t.exposure_hash,
        k.exposure_id,
        k.effect IN ('unreviewed_drug', 'unrecognised_drug') AS is_group
    FROM exposure.text AS t
    INNER JOIN knowledge.exposure AS k
        ON
            t.kind = k.kind AND t.code_system = k.code_system
            AND starts_with(t.code, replace(upper(k.code_prefix), '.', ''))
    QUALIFY row_number() OVER (PARTITION BY t.exposure_hash ORDER BY len(k.code_prefix) DESC) = 1
),

named AS (
    SELECT
        t.exposure_hash,
        n.exposure_id,
        n.is_no_treatment,
        n.is_stop,
        n.is_systemic
    FROM exposure.text AS t
    INNER JOIN exposure.named AS n ON t.name = n.name
    LEFT JOIN coded AS c ON t.exposure_hash = c.exposure_hash
    WHERE t.kind = 'medication' AND if(c.exposure_hash IS NULL, t.code_system IS NULL, c.is_group)
),

meant AS (
    SELECT
        exposure_hash,
        exposure_id,
        FALSE AS is_stop,
        FALSE AS is_silent
    FROM coded
    WHERE NOT is_group
    UNION ALL BY NAME
    SELECT
        exposure_hash,
        exposure_id,
        is_stop,
        is_no_treatment OR NOT is_systemic AS is_silent
    FROM named
    WHERE exposure_id IS NOT NULL
    UNION ALL BY NAME
    SELECT
        c.exposure_hash,
        c.exposure_id,
        FALSE AS is_stop,
        FALSE AS is_silent
    FROM coded AS c
    ANTI JOIN (SELECT exposure_hash FROM named WHERE exposure_id IS NOT NULL) AS n
        ON c.exposure_hash = n.exposure_hash
    WHERE c.is_group
    UNION ALL BY NAME
    SELECT
        n.exposure_hash,
        k.exposure_id,
        n.is_stop,
        n.is_no_treatment AS is_silent
    FROM named AS n
    ANTI JOIN coded AS c ON n.exposure_hash = c.exposure_hash
    INNER JOIN knowledge.exposure AS k
        ON k.effect = 'unrecognised_drug' AND k.code_prefix IS NULL
    WHERE n.exposure_id IS NULL
),

said AS (
    SELECT
        exposure_hash,
        bool_or(is_no_treatment) AS is_no_treatment
    FROM named
    GROUP BY exposure_hash
),

judged AS (
    SELECT DISTINCT
        t.exposure_hash,
        if(m.is_silent, NULL, m.exposure_id) AS exposure_id,
        coalesce(m.is_stop, FALSE) AS is_stop,
        CASE
            WHEN s.is_no_treatment THEN 'not_a_treatment'
            WHEN k.effect IN ('unreviewed_drug', 'unrecognised_drug')
                THEN if(k.code_prefix IS NULL, 'name_not_known', 'group_not_reviewed')
            WHEN t.kind <> 'medication' AND t.code_system IS NULL THEN 'code_not_read'
            WHEN t.kind = 'finding' AND m.exposure_id IS NULL THEN 'code_not_read'
        END AS unmapped_reason
    FROM exposure.text AS t
    LEFT JOIN meant AS m ON t.exposure_hash = m.exposure_hash
    LEFT JOIN knowledge.exposure AS k ON m.exposure_id = k.exposure_id
    LEFT JOIN said AS s ON t.exposure_hash = s.exposure_hash
)

SELECT *
FROM judged
QUALIFY exposure_id IS NOT NULL OR count(exposure_id) OVER (PARTITION BY exposure_hash) = 0
