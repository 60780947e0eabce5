"""fhir_code.csv and fhir_system.csv: every word of ours that an export meets has FHIR's code."""

from __future__ import annotations

import re

import pytest

from igwatch.base.knowledge import knowledge_rows
from igwatch.base.paths import ROOT
from igwatch.exchange.fhir.element import code, coded
from warehouse.dictionary import published_tables

CLASSED = ("very_low", "low", "normal", "high")  # what lies between two tables has no HL7 code


def words(table: str, column: str, **where: str) -> set[str]:
    rows = knowledge_rows(table)
    return {r[column] for r in rows if all(r[name] == of for name, of in where.items())}


def test_every_state_has_a_status_of_an_issue():
    told = words("fhir_code", "word", element="DetectedIssue.status")
    assert told == words("validation_status", "status") | {"*"}
    assert code("DetectedIssue.status", "of_a_rule_of_the_site") == "unknown"


def test_a_task_is_open_in_the_states_that_await_a_repeat_and_in_no_other():
    tasks = words("fhir_code", "word", element="Task.status")
    assert tasks & words("validation_status", "status") == {
        "candidate",
        "repeat_due",
        "repeat_overdue",
    }
    over = set(re.findall(r"\b(repeat|answered|no_longer_asked|feed_silent)\b", _ended_by()))
    assert over <= tasks


def _ended_by() -> str:
    columns = published_tables(ROOT / "warehouse" / "dictionary.csv")["mart.repeat_time"]
    return next(column.meaning for column in columns if column.name == "ended_by")


@pytest.mark.parametrize("sex", sorted(words("sex", "sex")))
def test_every_sex_is_a_gender_that_is_read_as_the_same_sex(sex):
    gender = code("Patient.gender", sex)
    assert gender is not None
    assert {r["sex"] for r in knowledge_rows("sex") if r["as_sent"] == gender.upper()} == {sex}


def test_every_analyte_and_series_has_the_loinc_code_that_code_csv_accepts_for_it():
    accepted = {
        (row["code"], row["analyte"], row["series"])
        for row in knowledge_rows("code")
        if row["code_system"] == "LN" and row["decision"] in ("accept", "own_series")
    }
    analytes = {row["analyte"] for row in knowledge_rows("analyte")}
    series = {(a, s) for _, a, s in accepted}
    assert {a for a, _ in series} == analytes
    for analyte, of in series:
        coding = coded("Observation.code", f"{analyte} {of}")
        assert coding is not None
        assert (coding["code"], analyte, of) in accepted


def test_every_class_and_verdict_of_a_laboratory_has_hl7s_code():
    for word in (*(f"class {name}" for name in CLASSED), *words("abnormal_flag", "interpretation")):
        assert coded("Observation.interpretation", word), word
    assert coded("Observation.interpretation", "class borderline_low") is None


def test_every_reason_for_which_a_result_is_unusable_is_a_reason_for_absence():
    for reason in words("result_reason", "reason_code", disposition="unusable"):
        found = coded("Observation.dataAbsentReason", reason)
        assert found is not None
        assert found["code"]
    named = words("fhir_code", "word", element="Observation.dataAbsentReason") - {"*"}
    assert named <= words("result_reason", "reason_code")


def test_every_system_that_a_code_names_is_known():
    known = {row["system"] for row in knowledge_rows("fhir_system")}
    assert {row["system"] for row in knowledge_rows("fhir_code")} - {""} <= known
    assert not [r for r in knowledge_rows("fhir_system") if re.search(r"\s", r["uri"])]
