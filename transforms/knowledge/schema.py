"""The knowledge tables: which columns each file has, and which of them are not text.

This is the one place where a column of a knowledge file is declared: a file with any other header
is refused.
"""

from __future__ import annotations

import pyarrow as pa

TEXT = pa.string()
NUMBER = pa.float64()
COUNT = pa.int32()
DATE = pa.date32()
BOOLEAN = pa.bool_()

# what a facility overrides of rule_parameter, signed in its own file; the common rules hold else
FACILITY_RULE = pa.schema(
    [
        ("facility", TEXT),
        ("rule_id", TEXT),
        ("parameter", TEXT),
        ("value", NUMBER),
        ("version", TEXT),
        ("next_review_on", DATE),
    ]
)

# which rows of measuring a facility has turned on, signed in its own file
LOCAL_MEASURING = pa.schema(
    [
        ("facility", TEXT),
        ("measuring_id", TEXT),
        ("within_days", COUNT),
        ("approved_by", TEXT),
    ]
)

# which identifiers are one person, as the site says (link.csv), and what of a line cannot be read
LOCAL_LINK = pa.schema(
    [
        ("line_number", COUNT),
        ("facility", TEXT),
        ("assigning_authority", TEXT),
        ("patient_id", TEXT),
        ("linked_facility", TEXT),
        ("linked_assigning_authority", TEXT),
        ("linked_patient_id", TEXT),
        ("valid_from", DATE),
        ("valid_to", DATE),
        ("decided_by", TEXT),
        ("why", TEXT),
        ("reason_code", TEXT),
        ("field", TEXT),
    ]
)

# which number of a facility's feed is a national one
LOCAL_NATIONAL_NUMBER = pa.schema(
    [(name, TEXT) for name in ("facility", "scheme", "identifier_type", "authority")]
)

TYPES: dict[str, pa.DataType] = {
    "after_days": COUNT,
    "age_from_days": NUMBER,
    "birth_date": DATE,
    "born_days_before": COUNT,
    "check_number": COUNT,
    "cohort_definition_id": COUNT,
    "concept_id": COUNT,
    "days_before": COUNT,
    "exposure_number": COUNT,
    "age_high_days": NUMBER,
    "age_low_days": NUMBER,
    "factor": NUMBER,
    "ige_above_upper_limits": NUMBER,
    "iga_g_per_l": NUMBER,
    "igg_below_g_per_l": NUMBER,
    "igg_g_per_l": NUMBER,
    "igm_g_per_l": NUMBER,
    "is_accepted": BOOLEAN,
    "is_behind_only": BOOLEAN,
    "is_certain": BOOLEAN,
    "is_closing": BOOLEAN,
    "is_complete": BOOLEAN,
    "is_exclusion": BOOLEAN,
    "is_number_forbidden": BOOLEAN,
    "is_paired": BOOLEAN,
    "is_patient": BOOLEAN,
    "is_quieting": BOOLEAN,
    "is_result": BOOLEAN,
    "is_screened": BOOLEAN,
    "is_site_wide": BOOLEAN,
    "lower_limit": NUMBER,
    "lookback_days": COUNT,
    "m_probability": NUMBER,
    "modulus": COUNT,
    "lowers_iga": BOOLEAN,
    "lowers_igg": BOOLEAN,
    "lowers_igm": BOOLEAN,
    "max_inclusive": NUMBER,
    "min_exclusive": NUMBER,
    "needs_exposures": BOOLEAN,
    "needs_note": BOOLEAN,
    "next_review_on": DATE,
    "open_days": COUNT,
    "priority": COUNT,
    "raises_igm": BOOLEAN,
    "read_on": DATE,
    "reviewed_on": DATE,
    "sample": COUNT,
    "sending": COUNT,
    "sort_order": COUNT,
    "stands_alone": BOOLEAN,
    "step": COUNT,
    "u_probability": NUMBER,
    "upper_limit": NUMBER,
    "value": NUMBER,
    "within_days": COUNT,
}

COLUMNS: dict[str, str] = {
    "abnormal_flag": "as_sent interpretation contradicted_by",
    "action": "rule_id ask priority action source_id",
    "age_band": "age_band age_low_days age_high_days source_id note",
    "analyte": "analyte name unit sort_order hpo_low hpo_high source_id certainty",
    "birth_date_placeholder": "birth_date source_id note",
    "check_threshold": "threshold value unit source_id note",
    "canary": "canary_id sex born_days_before needs_exposures source_id certainty why",
    "canary_exposure": "canary_id exposure_number days_before exposure_id name_id",
    "canary_loss": "reason_code lost_at hl7_field canonical fhir_element source_id",
    "canary_sample": "canary_id sample sending days_before igg_g_per_l iga_g_per_l igm_g_per_l",
    "canary_state": "canary_id rule_id is_screened status source_id why",
    "carried_word": "word source_id note",
    "code": "code_system code name analyte decision series specimen_class reason_code source_id"
    " certainty",
    "coding_system": "as_sent code_system",
    "confusable": "looks_like signs source_id",
    "course_reason": "reason_code sentence rule_id settled_by source_id",
    "exposure": "exposure_id kind code_system code_prefix effect exposure_group lowers_igg"
    " lowers_iga lowers_igm raises_igm dosage_form lookback_days open_days source_id certainty"
    " note",
    "exposure_equivalent": "code_system code target_code_system target_code source_id certainty",
    "exposure_hint": "about kind pattern meaning source_id",
    "exposure_name": "exposure_id name with_words without_words source_id certainty",
    "exposure_history": "exposure_group source_id certainty note",
    "exposure_shape": "code_system read_as unstated_kind pattern certainty_letters is_complete"
    " note",
    "exposure_status": "field as_sent meaning language source_id",
    "exposure_system": "as_sent code_system source_id",
    "exposure_word": "meaning word match unless language source_id",
    "export_shape": "shape file header canonical key stated source_id",
    "fhir_code": "element word system code display source_id note",
    "fhir_system": "system uri source_id note",
    "field_name": "field canonical",
    "funnel": "rule_id step question name source_id",
    "header_name": "canonical header language is_certain source_id",
    "identifier_type": "as_sent type_class is_patient source_id certainty note",
    "link_level": "comparison level m_probability u_probability source_id version certainty note",
    "list_worth": "sort_order sentence source_id",
    "measuring": "measuring_id exposure_group exposure_begins asks analyte within_days after_days"
    " source_id certainty note",
    "missing": "rule_id missing sentence answered_by source_id",
    "name_hint": "pattern note",
    "name_pattern": "pattern analyte is_exclusion note",
    "national_issuer": "as_sent scheme source_id version certainty note",
    "national_number": "scheme check_number pattern letters weights product modulus remainders"
    " source_id version certainty note",
    "next_step": "rule_id status sentence source_id",
    "observation_type": "observation_type is_result source_id",
    "omop_cohort": "cohort_definition_id rule_id statuses phenotype name description source_id"
    " version",
    "omop_concept": "means term concept_id name domain_id vocabulary_id concept_code source_id"
    " version certainty",
    "omop_exposure_group": "concept_id exposure_group effect lowers_igg lowers_iga lowers_igm"
    " raises_igm source_id version",
    "order_today": "sort_order order source_id",
    "placeholder": "pattern kind source_id note",
    "plausibility": "analyte min_exclusive max_inclusive age_from_days reason_code source_id",
    "possible_event": "rule_id possible_event kind igg iga igm sentence source_id",
    "quality_note": "note_code sentence source_id",
    "range_in_use": "analyte upper_limit unit source_id certainty note",
    "range_word": "as_sent meaning source_id",
    "reference_interval": "table_id analyte sex age_low_days age_high_days lower_limit"
    " upper_limit unit percentiles certainty source_id note",
    "reject_reason": "reason_code sentence mend",
    "reading_limit": "reading_limit value unit source_id note",
    "request": "rule_id missing test tube sort_order source_id certainty",
    "result_reason": "reason_code disposition sentence mend",
    "result_status": "status meaning source_id",
    "route": "route sex age_low_days age_high_days igg iga igm ige low_igg_subclasses"
    " igg_below_g_per_l ige_above_upper_limits event exposure_group unless_exposure_group"
    " sentence source_id",
    "rule": "rule_id index_analyte index_name name short_name sort_order evidence_classes"
    " evidence_beside grades own_statuses source_id",
    "rule_parameter": "rule_id parameter value unit version source_id certainty authored_by"
    " checked_by reviewed_on next_review_on is_site_wide note",
    "sensitivity": "definition rule_id parameter value table_id note",
    "sex": "as_sent sex",
    "source": "source_id citation locator read_on note",
    "specimen": "as_sent specimen_class is_accepted source_id",
    "specimen_pattern": "pattern specimen_class is_accepted is_paired note",
    "unit_conversion": "unit_conversion_id analyte unit_ucum factor unit_normalised source_id"
    " certainty",
    "unit_spelling": "as_sent unit_ucum source_id",
    "validation_status": "status counts_as source_id",
    "validation_threshold": "threshold value unit source_id note",
    "value_comparator": "as_sent value_comparator stands_alone source_id",
    "value_flag": "as_sent abnormal_flag is_behind_only source_id",
    "value_type": "value_type is_number_forbidden source_id",
    "value_word": "pattern reason_code sort_order",
    "verdict": "verdict counts_as is_closing is_quieting needs_note source_id",
    "waiting_horizon": "wait within_days source_id note",
}


def column_types(header: list[str]) -> dict[str, pa.DataType]:
    """The Arrow type of each column of a header; text where nothing else is declared."""
    return {column: TYPES.get(column, TEXT) for column in header}
