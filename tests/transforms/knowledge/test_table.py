"""What holds for all knowledge tables: keys, sources, reasons and the words a column may hold."""

from __future__ import annotations

from collections import Counter

import pytest

KEYS = {
    "request": ["rule_id", "test"],
    "verdict": ["verdict"],
    "abnormal_flag": ["as_sent"],
    "action": ["rule_id", "ask"],
    "age_band": ["age_band"],
    "birth_date_placeholder": ["birth_date"],
    "check_threshold": ["threshold"],
    "reading_limit": ["reading_limit"],
    "analyte": ["analyte"],
    "code": ["code_system", "code"],
    "canary": ["canary_id"],
    "canary_exposure": ["canary_id", "exposure_number"],
    "canary_loss": ["reason_code"],
    "canary_sample": ["canary_id", "sample", "sending"],
    "canary_state": ["canary_id", "rule_id", "is_screened"],
    "carried_word": ["word"],
    "coding_system": ["as_sent"],
    "confusable": ["looks_like"],
    "course_reason": ["reason_code", "rule_id"],
    "exposure": ["exposure_id"],
    "exposure_hint": ["about", "kind", "pattern", "meaning"],
    "exposure_equivalent": ["code_system", "code"],
    "exposure_name": ["exposure_id", "name"],
    "exposure_history": ["exposure_group"],
    "exposure_shape": ["code_system", "pattern"],
    "exposure_status": ["field", "as_sent"],
    "exposure_system": ["as_sent"],
    "exposure_word": ["meaning", "word", "match"],
    "export_shape": ["shape", "file", "header", "canonical", "key"],
    "fhir_code": ["element", "word"],
    "fhir_system": ["system"],
    "funnel": ["rule_id", "question"],
    "header_name": ["canonical", "header"],
    "link_level": ["comparison", "level"],
    "list_worth": ["sort_order"],
    "field_name": ["field"],
    "identifier_type": ["as_sent"],
    "measuring": ["measuring_id"],
    "missing": ["rule_id", "missing"],
    "national_issuer": ["as_sent"],
    "national_number": ["scheme", "check_number"],
    "order_today": ["sort_order"],
    "next_step": ["rule_id", "status"],
    "possible_event": ["rule_id", "possible_event"],
    "sensitivity": ["definition", "rule_id", "parameter", "value", "table_id"],
    "name_hint": ["pattern"],
    "name_pattern": ["pattern", "analyte"],
    "placeholder": ["pattern"],
    "observation_type": ["observation_type"],
    "omop_cohort": ["cohort_definition_id"],
    "omop_concept": ["means", "term"],
    "omop_exposure_group": ["concept_id"],
    "plausibility": ["analyte", "age_from_days"],
    "quality_note": ["note_code"],
    "range_in_use": ["analyte", "upper_limit"],
    "reference_interval": ["table_id", "analyte", "sex", "age_low_days", "age_high_days"],
    "reject_reason": ["reason_code"],
    "result_reason": ["reason_code"],
    "result_status": ["status"],
    "rule": ["rule_id"],
    "rule_parameter": ["rule_id", "parameter"],
    "sex": ["as_sent"],
    "source": ["source_id"],
    "specimen": ["as_sent"],
    "specimen_pattern": ["pattern"],
    "unit_conversion": ["unit_conversion_id"],
    "unit_spelling": ["as_sent"],
    "validation_status": ["status"],
    "validation_threshold": ["threshold"],
    "range_word": ["as_sent"],
    "value_comparator": ["as_sent"],
    "value_flag": ["as_sent"],
    "value_type": ["value_type"],
    "value_word": ["pattern"],
    "waiting_horizon": ["wait", "within_days"],
}

WORDS = {
    ("abnormal_flag", "interpretation"): "L N H",
    ("canary", "sex"): "F M",
    ("canary_loss", "lost_at"): "unmapped unusable not_counted",
    ("code", "code_system"): "LN *",
    ("code", "decision"): "accept own_series reject hold panel",
    ("coding_system", "code_system"): "LN",
    ("national_number", "product"): "plain digit_sum",
    ("exposure", "code_system"): "ATC CPT HCPCS ICD10 ICD10PCS ICD9PROC OPCS4 OPS igwatch",
    ("exposure", "kind"): "diagnosis finding medication procedure",
    ("exposure_equivalent", "code_system"): "ICD9CM NDC",
    ("exposure_equivalent", "target_code_system"): "ATC HCPCS ICD10",
    (
        "exposure_status",
        "field",
    ): "ORC-1 ORC-5 RXA-9 RXA-20 RXA-21 DG1-6 DG1-21 PR1-20 PRB-1 PRB-13 PRB-14 FT1-6 ICD10GM word",
    (
        "exposure_status",
        "meaning",
    ): "active completed stopped on_hold resumed unchanged cancelled not_done planned replaced"
    " updated historical confirmed suspected history excluded",
    ("exposure_word", "match"): "anywhere before beginning first word",
    ("exposure_word", "meaning"): "allergy excluded history intent negation stop suspected"
    " systemic_form test topical_form",
    ("measuring", "asks"): "baseline interval",
    ("placeholder", "kind"): "none filler control test",
    ("reference_interval", "sex"): "F M U",
    ("result_reason", "disposition"): "not_immunoglobulin unusable superseded",
    (
        "result_status",
        "meaning",
    ): "confirmed final corrected provisional retracted no_value unknown",
    ("range_word", "meaning"): "to F M < >",
    ("sex", "sex"): "F M O U",
    ("value_comparator", "value_comparator"): "< <= > >= =",
    ("value_flag", "abnormal_flag"): "L LL H HH N A AA",
    ("waiting_horizon", "wait"): "repeat seen verdict",
}


def test_every_file_has_a_key_or_is_a_list_of_patterns(rows):
    assert set(rows) - set(KEYS) == {"route"}


@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_key_stands_once(rows, name):
    keys = Counter(tuple(row[column] for column in KEYS[name]) for row in rows[name])
    assert [key for key, n in keys.items() if n > 1] == []


@pytest.mark.parametrize(("name", "column"), sorted(WORDS))
def test_a_column_holds_only_its_words(rows, name, column):
    assert {row[column] for row in rows[name]} - {None} <= set(WORDS[name, column].split())


def test_every_source_is_known(rows):
    known = {row["source_id"] for row in rows["source"]}
    for name, table in rows.items():
        if "source_id" in table[0]:
            assert {row["source_id"] for row in table} <= known, name


def test_every_source_says_what_and_where(rows):
    assert [r["source_id"] for r in rows["source"] if not r["citation"] or not r["locator"]] == []


def test_every_reason_is_known_and_says_what_to_do(rows):
    known = {row["reason_code"] for row in rows["result_reason"]}
    for name in ("code", "plausibility", "value_word"):
        used = {row["reason_code"] for row in rows[name]} - {None}
        assert used <= known, name
    assert all(r["sentence"] and r["mend"] for r in rows["result_reason"])


def test_a_result_is_superseded_for_the_reasons_the_dictionary_names(rows):
    reasons = rows["result_reason"]
    superseded = {r["reason_code"] for r in reasons if r["disposition"] == "superseded"}
    assert superseded == {
        "confirmation",
        "copied_in_message",
        "less_exact",
        "moved_to_another_patient",
        "corrected",
        "finalised",
        "provisional_after_final",
        "resent_unchanged",
        "withdrawn",
    }


def test_certainty_is_a_letter_and_memory_is_never_called_certain(rows):
    for name, table in rows.items():
        for row in table:
            if "certainty" in row:
                allowed = "CD" if row["source_id"] == "MEMORY" else "ABCD"
                assert row["certainty"] in set(allowed), (name, row)


def test_hl7_codes_credited_to_a_table_stand_in_it(rows):
    from hl7apy.v2_5_1.tables import TABLES as V251
    from hl7apy.v2_8_2.tables import TABLES as V282

    for name, column, source, tables in [
        ("result_status", "status", "HL7_0085", ["HL70085"]),
        ("specimen", "as_sent", "HL7_0487", ["HL70070", "HL70487"]),
    ]:
        standard = {
            code.strip().upper()
            for version in (V251, V282)
            for table in tables
            for code in (version.get(table) or ("", ()))[1]
        }
        ours = {row[column].upper() for row in rows[name] if row["source_id"] == source}
        assert ours <= standard, name


def test_no_reviewer_is_invented(rows):
    for name, table in rows.items():
        signed = [c for c in table[0] if c in ("checked_by", "authored_by", "approved_by")]
        assert all(row[c] is None for row in table for c in signed), name
