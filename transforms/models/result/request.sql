-- result.request: results of one request that may be versions of each other: sender, person, test, number
-- grain: result_number
-- `request` is the first number of the results of one request. Its number is the laboratory's (filler),
-- else the requester's (placer): what was first sent under the requester's number alone, and then under
-- both, is one request. Without a number it is the specimen, without that the time of collection.
WITH repeated AS (
    SELECT request_hash
    FROM result.version
    GROUP BY request_hash
    HAVING count(*) > 1
),

placed AS (
    SELECT
        person_number,
        placer_order_number,
        request_hash
    FROM result.version
    WHERE order_number = placer_order_number
),

numbered AS (
    SELECT
        person_number,
        placer_order_number,
        request_hash
    FROM result.version
    WHERE order_number <> placer_order_number
),

candidate AS (
    FROM repeated
    UNION
    SELECT p.request_hash
    FROM placed AS p
    SEMI JOIN numbered AS n
        ON p.person_number = n.person_number AND p.placer_order_number = n.placer_order_number
    UNION
    SELECT n.request_hash
    FROM numbered AS n
    SEMI JOIN placed AS p
        ON n.person_number = p.person_number AND n.placer_order_number = p.placer_order_number
),

sent AS (
    SELECT
        i.result_number,
        i.order_number,
        i.placer_order_number,
        i.specimen_id,
        i.collected_at,
        f.specimen_type,
        { 'facility': f.facility, 'person': i.person_number, 'analyte': f.analyte, 'series': f.series }
            AS test,
        if(i.order_number IS DISTINCT FROM i.placer_order_number, i.order_number, NULL) AS filler
    FROM result.version AS i
    SEMI JOIN candidate AS c ON i.request_hash = c.request_hash
    LEFT JOIN lookup.result_meaning AS f ON i.text_number = f.text_number
),

known AS (
    SELECT
        *,
        coalesce(
            filler,
            if(
                placer_order_number IS NULL, NULL,
                only_value(filler, { 'test': test, 'placer': placer_order_number })
            ),
            order_number
        ) AS number
    FROM sent
)

SELECT
    result_number,
    min(result_number) OVER (
        PARTITION BY
            test, number,
            if(number IS NULL, concat_ws(' ', specimen_id, specimen_type), NULL),
            if(number IS NULL AND specimen_id IS NULL, collected_at, NULL)
    ) AS request
FROM known
