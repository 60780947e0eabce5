-- The words that a feed has for a sex and for a corrected result, the commonest first.
-- grain: facility, topic, meaning, word
SELECT
    o.facility,
    'sex' AS topic,
    coalesce(w.meaning, s.sex) AS meaning,
    o.administrative_sex AS word,
    count(*) AS n
FROM raw.observation AS o
LEFT JOIN knowledge.local_word AS w
    ON o.facility = w.facility AND w.topic = 'sex' AND upper(trim(o.administrative_sex)) = w.as_sent
LEFT JOIN knowledge.sex AS s ON upper(trim(o.administrative_sex)) = s.as_sent
WHERE coalesce(w.meaning, s.sex) IN ('F', 'M')
GROUP BY ALL
UNION ALL
SELECT
    o.facility,
    'status' AS topic,
    m.status AS meaning,
    o.observation_result_status AS word,
    count(*) AS n
FROM raw.observation AS o
INNER JOIN text_meaning AS m ON text_hash(o) = m.text_hash
WHERE m.status = 'corrected'
GROUP BY ALL
ORDER BY facility, topic, meaning, n DESC, word
