-- run.issuer: who issued the numbers that were sent with each authority, universal id, sender and type
-- grain: what raw says of the issuer
-- A universal id is the authority and the namespace its label. A namespace that a feed sends with one
-- universal id is that authority without it too; with two it is not. A number without any authority is
-- its sender's. A number without a type is of the one class of types that its authority has.
-- Who lists a merge by hand writes the published label: such a row says nothing of issuers.
-- label: what is published. is_shared: other authorities or classes have this label too.
WITH sent AS (
    SELECT DISTINCT
        facility,
        assigning_authority,
        assigning_authority_universal_id,
        assigning_facility,
        identifier_type_code
    FROM raw.observation
    UNION
    SELECT
        facility,
        assigning_authority,
        assigning_authority_universal_id,
        assigning_facility,
        identifier_type_code
    FROM raw.patient
    UNION
    SELECT
        facility,
        assigning_authority,
        assigning_authority_universal_id,
        assigning_facility,
        identifier_type_code
    FROM raw.exposure
    UNION
    SELECT
        facility,
        retired_assigning_authority,
        assigning_authority_universal_id,
        assigning_facility,
        identifier_type_code
    FROM raw.merge
    WHERE event IS DISTINCT FROM 'csv'
    UNION
    SELECT
        facility,
        surviving_assigning_authority,
        assigning_authority_universal_id,
        assigning_facility,
        identifier_type_code
    FROM raw.merge
    WHERE event IS DISTINCT FROM 'csv'
),

read AS (
    SELECT
        s.*,
        regexp_replace(lower(trim(s.assigning_authority_universal_id)), '^(urn:)?(oid|uuid):', '')
            AS stated_id,
        coalesce(k.type_class, upper(trim(s.identifier_type_code))) AS stated_class
    FROM sent AS s
    LEFT JOIN knowledge.identifier_type AS k ON upper(trim(s.identifier_type_code)) = k.as_sent
    WHERE s.assigning_authority IS NOT NULL
),

identified AS (
    SELECT
        r.*,
        CASE
            WHEN r.stated_id IS NOT NULL THEN r.stated_id
            WHEN r.assigning_facility IS NOT NULL THEN NULL
            WHEN count(DISTINCT r.stated_id) OVER of_feed = 1 THEN max(r.stated_id) OVER of_feed
            WHEN
                count(r.stated_id) OVER of_feed = 0 AND count(DISTINCT r.stated_id) OVER of_all = 1
                THEN max(r.stated_id) OVER of_all
        END AS universal_id,
        if(
            count(DISTINCT r.assigning_facility) OVER of_feed = 1,
            max(r.assigning_facility) OVER of_feed,
            r.assigning_facility
        ) AS sender
    FROM read AS r
    WINDOW
        of_feed AS (PARTITION BY r.facility, r.assigning_authority),
        of_all AS (PARTITION BY r.assigning_authority)
),

issued AS (
    SELECT
        *,
        coalesce(universal_id, assigning_authority || chr(31) || coalesce(sender, '')) AS issuer
    FROM identified
),

classed AS (
    SELECT
        i.*,
        CASE
            WHEN i.stated_class IS NOT NULL THEN i.stated_class
            WHEN count(DISTINCT i.stated_class) OVER of_feed = 1
                THEN max(i.stated_class) OVER of_feed
            WHEN
                count(i.stated_class) OVER of_feed = 0
                AND count(DISTINCT i.stated_class) OVER of_all = 1
                THEN max(i.stated_class) OVER of_all
            ELSE 'patient'
        END AS type_class,
        if(
            i.universal_id IS NULL,
            i.assigning_authority,
            coalesce(
                min(i.assigning_authority)
                    FILTER (WHERE lower(i.assigning_authority) <> i.universal_id)
                    OVER of_all,
                min(i.assigning_authority) OVER of_all
            )
        ) AS label
    FROM issued AS i
    WINDOW of_feed AS (PARTITION BY i.facility, i.issuer), of_all AS (PARTITION BY i.issuer)
)

SELECT
    facility,
    assigning_authority,
    assigning_authority_universal_id,
    assigning_facility,
    identifier_type_code,
    issuer,
    coalesce(universal_id, sender) AS qualifier,
    type_class,
    label,
    min(issuer || chr(31) || type_class) OVER of_label
    <> max(issuer || chr(31) || type_class) OVER of_label AS is_shared
FROM classed
WINDOW of_label AS (PARTITION BY label)
