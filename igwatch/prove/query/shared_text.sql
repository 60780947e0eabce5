-- The short texts of a feed's newest results and exposures that several patients share.
-- grain: facility, text
-- Whatever stands in these columns is code, unit, word or sender; what few share may still be a slip,
-- and a slip may be a name.
WITH of_result AS (
    UNPIVOT (
        SELECT
            facility,
            concat_ws(' ', assigning_authority, patient_id) AS who,
            sending_facility,
            assigning_authority,
            assigning_authority_universal_id,
            assigning_facility,
            identifier_type_code,
            universal_service_identifier,
            specimen_type,
            result_status,
            value_type,
            observation_identifier,
            observation_text,
            coding_system,
            alternate_identifier,
            alternate_text,
            alternate_coding_system,
            units,
            references_range,
            observation_result_status,
            observation_type,
            producer
        FROM raw.observation
        WHERE patient_id IS NOT NULL
    )
    ON COLUMNS(* EXCLUDE (facility, who))
    INTO NAME field VALUE text
),

of_exposure AS (
    UNPIVOT (
        SELECT
            facility,
            concat_ws(' ', assigning_authority, patient_id) AS who,
            assigning_authority,
            assigning_authority_universal_id,
            assigning_facility,
            identifier_type_code,
            kind,
            event_kind,
            code_system
        FROM raw.exposure
        WHERE patient_id IS NOT NULL
    )
    ON COLUMNS(* EXCLUDE (facility, who))
    INTO NAME field VALUE text
)

SELECT
    facility,
    text
FROM (FROM of_result UNION ALL FROM of_exposure) AS t
GROUP BY facility, text
HAVING count(DISTINCT who) >= $shared_by
ORDER BY facility, text
