-- exposure.meaning: what each text that was sent means: the rows of knowledge, or why there is none
-- grain: exposure_hash, exposure_id
-- In this order: the rows of the codes; none, where a code is one of its system that no row asks for; the
-- rows of the name; the row of the drug's group, which nobody has looked at; for a medication that nothing
-- is known of, the row of unrecognised ones. unmapped_reason says what a person may mend.
WITH named AS (
    SELECT
        r.exposure_hash,
        r.kind,
        m.exposure_id,
        m.certainty,
        m.is_no_treatment,
        m.is_stop,
        m.is_systemic
    FROM exposure.recognised AS r
    INNER JOIN exposure.name AS n ON r.exposure_hash = n.exposure_hash
    INNER JOIN exposure.named AS m ON n.kind = m.kind AND n.name = m.name
    WHERE NOT r.has_meaning
),

meant AS (
    SELECT
        exposure_hash,
        exposure_id,
        certainty,
        FALSE AS is_stop,
        FALSE AS is_silent
    FROM exposure.coded
    WHERE NOT is_group
    UNION ALL BY NAME
    SELECT
        exposure_hash,
        exposure_id,
        certainty,
        is_stop,
        is_no_treatment OR NOT is_systemic AS is_silent
    FROM named
    WHERE exposure_id IS NOT NULL
    UNION ALL BY NAME
    SELECT
        c.exposure_hash,
        c.exposure_id,
        c.certainty,
        FALSE AS is_stop,
        FALSE AS is_silent
    FROM exposure.coded AS c
    INNER JOIN exposure.recognised AS r ON c.exposure_hash = r.exposure_hash
    ANTI JOIN (SELECT exposure_hash FROM named WHERE exposure_id IS NOT NULL) AS n
        ON c.exposure_hash = n.exposure_hash
    WHERE c.is_group AND NOT r.has_meaning
    UNION ALL BY NAME
    SELECT
        n.exposure_hash,
        k.exposure_id,
        n.certainty,
        n.is_stop,
        n.is_no_treatment AS is_silent
    FROM named AS n
    ANTI JOIN exposure.coded AS c ON n.exposure_hash = c.exposure_hash
    ANTI JOIN (SELECT exposure_hash FROM named WHERE exposure_id IS NOT NULL) AS o
        ON n.exposure_hash = o.exposure_hash
    INNER JOIN knowledge.exposure AS k
        ON k.effect = 'unrecognised_drug' AND k.code_prefix IS NULL
    WHERE n.kind = 'medication'
),

judged AS (
    SELECT
        r.exposure_hash,
        if(m.is_silent OR coalesce(m.certainty = 'excluded', FALSE), NULL, m.exposure_id) AS exposure_id,
        m.certainty,
        coalesce(m.is_stop, FALSE) AS is_stop,
        CASE
            WHEN r.is_no_treatment AND NOT r.has_meaning THEN 'not_a_treatment'
            WHEN k.effect IN ('unreviewed_drug', 'unrecognised_drug')
                THEN if(k.code_prefix IS NULL, 'name_not_known', 'group_not_reviewed')
            WHEN r.kind <> 'medication' AND NOT r.is_read THEN 'code_not_read'
            WHEN r.kind = 'diagnosis' AND NOT r.has_meaning AND m.exposure_id IS NOT NULL
                THEN 'known_by_name_only'
            WHEN r.kind = 'finding' AND m.exposure_id IS NULL THEN 'code_not_read'
        END AS unmapped_reason
    FROM exposure.recognised AS r
    LEFT JOIN meant AS m ON r.exposure_hash = m.exposure_hash
    LEFT JOIN knowledge.exposure AS k ON m.exposure_id = k.exposure_id
)

SELECT
    exposure_hash,
    exposure_id,
    max(certainty) AS certainty,
    bool_or(is_stop) AS is_stop,
    min(unmapped_reason) AS unmapped_reason
FROM judged
GROUP BY exposure_hash, exposure_id
QUALIFY exposure_id IS NOT NULL OR count(exposure_id) OVER (PARTITION BY exposure_hash) = 0
