-- result.disposition: where each result sent ended: measured, superseded, not_immunoglobulin or unusable
-- grain: measurement_id
-- view: read to preview a file, and once to be counted (tally.result)
-- Every result of raw.observation has exactly one row here: nothing vanishes. is_resent: sent more
-- than once with the same value, whichever of them counts.
WITH resent AS (
    SELECT result_number FROM result.superseded
    WHERE reason_code = 'resent_unchanged'
    UNION
    SELECT superseded_by FROM result.superseded
    WHERE reason_code = 'resent_unchanged'
),

ended AS (
    SELECT
        i.result_number,
        i.person_number,
        i.text_number,
        i.collected_at,
        i.message_at,
        i.class,
        CASE
            WHEN v.result_number IS NOT NULL THEN NULL
            WHEN x.result_number IS NOT NULL THEN 'unit_contradicted_by_history'
            ELSE coalesce(h.reason_code, i.reason_code)
        END AS reason_code,
        v.result_number IS NOT NULL AS is_superseded,
        r.result_number IS NOT NULL AS is_resent
    FROM result.version AS i
    LEFT JOIN result.superseded AS v ON i.result_number = v.result_number
    LEFT JOIN resent AS r ON i.result_number = r.result_number
    LEFT JOIN result.held_version AS h ON i.result_number = h.result_number
    LEFT JOIN result.contradicted_by_history AS x ON i.result_number = x.result_number
    UNION ALL
    SELECT
        o.result_number,
        o.person_number,
        o.text_number,
        o.collected_at,
        o.message_at,
        NULL AS class,
        f.reason_code,
        FALSE AS is_superseded,
        FALSE AS is_resent
    FROM result.excluded_by_code AS o
    INNER JOIN lookup.result_meaning AS f ON o.text_number = f.text_number
)

SELECT
    measurement_id(s.id_prefix, e.result_number) AS measurement_id,
    s.facility,
    s.source_sha256,
    position_of(e.result_number) AS position,
    CASE
        WHEN e.is_superseded THEN 'superseded'
        WHEN e.reason_code IS NULL THEN 'measured'
        ELSE r.disposition
    END AS disposition,
    e.reason_code,
    p.patient_key,
    f.analyte,
    e.collected_at,
    e.message_at,
    f.observation_identifier AS code,
    f.coding_system AS code_system,
    f.observation_text AS test_name,
    f.units,
    e.is_resent,
    coalesce(
        NOT e.is_superseded AND e.reason_code IS NULL AND f.analyte = 'igm' AND f.series = 'total'
        AND e.class IN ('very_low', 'low'),
        FALSE
    ) AS is_low_igm
FROM ended AS e
LEFT JOIN lookup.source AS s ON source_of(e.result_number) = s.source_number
LEFT JOIN lookup.result_meaning AS f ON e.text_number = f.text_number
LEFT JOIN identity.person AS p ON e.person_number = p.rowid
LEFT JOIN knowledge.result_reason AS r ON e.reason_code = r.reason_code
