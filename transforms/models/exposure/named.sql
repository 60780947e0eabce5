-- exposure.named: rows of knowledge that the name of a medication speaks of, and whether it is given
-- grain: name, exposure_id
-- A name of knowledge stands at the beginning of a word. A text that is a test, an allergy, an intent or
-- a negation is no treatment; a stop is one only where the course that it ends is told with it. Where a
-- drug also has forms that are not systemic, the text must not name one of these (not_topical), or must
-- name one that is (systemic). Rules 3.
-- Joined by the first letters of words: by contains alone it takes 200 times as long.
WITH name AS (
    SELECT DISTINCT
        name,
        '| ' || name || ' ' AS padded
    FROM exposure.text
    WHERE kind = 'medication'
),

begun AS (
    SELECT DISTINCT
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
        min(place) FILTER (WHERE match = 'before') AS negated_from,
        bool_or(meaning = 'stop') AS is_stop,
        bool_or(meaning = 'topical_form') AS is_topical,
        bool_or(meaning = 'systemic_form') AS is_systemic
    FROM word
    GROUP BY name
),

called AS (
    SELECT
        exposure_id,
        with_words,
        without_words,
        ' ' || name AS needle,
        left(split_part(name, ' ', 1), 3) AS letters
    FROM knowledge.exposure_name
),

spoken_of AS (
    SELECT
        n.name,
        k.exposure_id,
        min(strpos(n.padded, k.needle)) AS place
    FROM begun AS n
    INNER JOIN called AS k ON n.letters = k.letters
    WHERE
        contains(n.padded, k.needle)
        AND (k.with_words IS NULL OR regexp_matches(n.name, k.with_words))
        AND (k.without_words IS NULL OR NOT regexp_matches(n.name, k.without_words))
    GROUP BY n.name, k.exposure_id
)

SELECT
    n.name,
    k.exposure_id,
    coalesce(s.is_no_treatment OR s.negated_from < k.place, FALSE) AS is_no_treatment,
    coalesce(s.is_stop, FALSE) AS is_stop,
    CASE e.dosage_form
        WHEN 'not_topical' THEN NOT coalesce(s.is_topical, FALSE)
        WHEN 'systemic' THEN coalesce(s.is_systemic AND NOT s.is_topical, FALSE)
        ELSE TRUE
    END AS is_systemic
FROM name AS n
LEFT JOIN said AS s ON n.name = s.name
LEFT JOIN spoken_of AS k ON n.name = k.name
LEFT JOIN knowledge.exposure AS e ON k.exposure_id = e.exposure_id
