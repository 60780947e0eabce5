-- words for a sex or a status that neither knowledge nor the facility knows, with the key that maps them
-- grain: topic, word
-- A column of many such words holds something else: then shapes are shown.
WITH sent AS (
    SELECT
        facility,
        'sex' AS topic,
        trim(administrative_sex) AS word
    FROM raw.observation
    WHERE administrative_sex NOT IN ('', '""')
    UNION ALL
    SELECT
        facility,
        'sex' AS topic,
        trim(administrative_sex) AS word
    FROM raw.patient
    WHERE administrative_sex NOT IN ('', '""')
    UNION ALL
    SELECT
        facility,
        'status' AS topic,
        trim(observation_result_status) AS word
    FROM raw.observation
    WHERE observation_result_status <> ''
),

known AS (
    SELECT
        'sex' AS topic,
        as_sent AS word
    FROM knowledge.sex
    UNION ALL
    SELECT
        'status' AS topic,
        status AS word
    FROM knowledge.result_status
),

unknown AS (
    SELECT
        s.topic,
        s.word,
        count(*) AS n,
        count(*) OVER (PARTITION BY s.topic) AS n_words
    FROM sent AS s
    ANTI JOIN known AS k ON s.topic = k.topic AND upper(s.word) = k.word
    ANTI JOIN knowledge.local_word AS w
        ON s.facility = w.facility AND s.topic = w.topic AND upper(s.word) = w.as_sent
    GROUP BY s.topic, s.word
)

SELECT
    topic,
    if(n_words > 12, text_shape(word), word) AS word,
    sum(n)::BIGINT AS n,
    if(n_words > 12, 'is this column the ' || topic || '?', topic || '_map: {"' || word || '": ...}')
        AS suggestion
FROM unknown
GROUP BY ALL
ORDER BY topic, n DESC, word
