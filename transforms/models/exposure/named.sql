-- exposure.named: rows of knowledge that a name speaks of, whether it is given and how sure it is
-- grain: kind, name, exposure_id
-- A name of knowledge stands at the beginning of a word. Medications and diagnoses are named. A text that
-- is a test, an allergy, an intent or a negation is no treatment (of a diagnosis: an intent, a negation or
-- a word such as "family history" rules it out); a stop is one only where the course that it ends is told
-- with it. Where a drug also has forms that are not systemic, the text must not name one of these
-- (not_topical), or must name one that is (systemic). Rules 3.
-- Joined by the first letters of words: by contains alone it takes 200 times as long.
WITH name AS (
    SELECT DISTINCT
        kind,
        name,
        '| ' || name || ' ' AS padded
    FROM exposure.name
    WHERE kind IN ('medication', 'diagnosis')
),

begun AS (
    SELECT DISTINCT
        kind,
        name,
        padded,
        unnest([left(word, 3) FOR word IN string_split(name, ' ')]) AS letters
    FROM name
),

sought AS (
    SELECT
        meaning,
        match,
        unless,
        needle(word, match) AS needle,
        if(match = 'anywhere', NULL, left(split_part(word, ' ', 1), 3)) AS letters
    FROM knowledge.exposure_word
),

said_word AS (
    SELECT
        n.name,
        n.padded,
        w.meaning,
        w.match,
        w.unless,
        w.needle
    FROM begun AS n
    INNER JOIN sought AS w ON n.letters = w.letters
    WHERE contains(n.padded, w.needle)
    UNION ALL
    SELECT
        n.name,
        n.padded,
        w.meaning,
        w.match,
        w.unless,
        w.needle
    FROM name AS n
    INNER JOIN (FROM sought WHERE letters IS NULL) AS w ON contains(n.padded, w.needle)
),

word AS (
    SELECT
        name,
        meaning,
        match,
        min(strpos(padded, needle)) AS place
    FROM said_word
    WHERE NOT coalesce(contains(padded, unless), FALSE)
    GROUP BY ALL
),

said AS (
    SELECT
        name,
        coalesce(bool_or(meaning IN ('test', 'allergy', 'intent', 'negation') AND match <> 'before'), FALSE)
            AS is_no_treatment,
        bool_or(meaning IN ('excluded', 'intent') OR (meaning = 'negation' AND match <> 'before'))
            AS is_excluded,
        min(place) FILTER (WHERE match = 'before') AS negated_from,
        bool_or(meaning = 'stop') AS is_stop,
        bool_or(meaning = 'topical_form') AS is_topical,
        bool_or(meaning = 'systemic_form') AS is_systemic,
        CASE
            WHEN bool_or(meaning = 'history') THEN 'history'
            WHEN bool_or(meaning = 'suspected') THEN 'suspected'
        END AS certainty
    FROM word
    GROUP BY name
),

called AS (
    SELECT
        k.kind,
        n.exposure_id,
        n.with_words,
        n.without_words,
        ' ' || n.name AS needle,
        left(split_part(n.name, ' ', 1), 3) AS letters
    FROM knowledge.exposure_name AS n
    INNER JOIN knowledge.exposure AS k ON n.exposure_id = k.exposure_id
),

spoken_of AS (
    SELECT
        n.kind,
        n.name,
        k.exposure_id,
        min(strpos(n.padded, k.needle)) AS place
    FROM begun AS n
    INNER JOIN called AS k ON n.letters = k.letters AND n.kind = k.kind
    WHERE
        contains(n.padded, k.needle)
        AND (k.with_words IS NULL OR regexp_matches(n.name, k.with_words))
        AND (k.without_words IS NULL OR NOT regexp_matches(n.name, k.without_words))
    GROUP BY n.kind, n.name, k.exposure_id
)

SELECT
    n.kind,
    n.name,
    k.exposure_id,
    CASE
        WHEN n.kind <> 'diagnosis' THEN NULL
        WHEN s.is_excluded OR s.negated_from < k.place THEN 'excluded'
        ELSE s.certainty
    END AS certainty,
    n.kind = 'medication' AND coalesce(s.is_no_treatment OR s.negated_from < k.place, FALSE)
        AS is_no_treatment,
    n.kind = 'medication' AND coalesce(s.is_stop, FALSE) AS is_stop,
    CASE e.dosage_form
        WHEN 'not_topical' THEN NOT coalesce(s.is_topical, FALSE)
        WHEN 'systemic' THEN coalesce(s.is_systemic AND NOT s.is_topical, FALSE)
        ELSE TRUE
    END AS is_systemic
FROM name AS n
LEFT JOIN said AS s ON n.name = s.name
LEFT JOIN spoken_of AS k ON n.kind = k.kind AND n.name = k.name
LEFT JOIN knowledge.exposure AS e ON k.exposure_id = e.exposure_id
