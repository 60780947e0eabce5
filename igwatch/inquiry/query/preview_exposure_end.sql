-- what kind of event the exposures of the file are, and how the end of each is known
-- grain: kind, event_kind, end_known_by
SELECT
    kind,
    event_kind,
    end_known_by,
    count(DISTINCT position) AS n
FROM core.exposure
GROUP BY ALL
ORDER BY n DESC, kind, event_kind, end_known_by
