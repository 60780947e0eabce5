"""Resources of single rows: what the whole nights of told_home.py have none of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from igwatch.exchange.fhir.detected_issue import detected_issues
from igwatch.exchange.fhir.observation import gone_observation, told_results
from igwatch.exchange.fhir.published import PublishedPatient
from igwatch.exchange.fhir.resource_id import ResourceIds
from igwatch.exchange.fhir.task import gone_task, repeat_tasks

IDS = ResourceIds(b"key")
NOON = datetime(2024, 1, 10, 12)
MEASURED: dict[str, Any] = {
    "measurement_id": "a:north:1",
    "facility": "north",
    "laboratory": "Lab",
    "analyte": "igm",
    "series": "total",
    "code": "2472-9",
    "code_system": "LN",
    "test_name": "IgM",
    "order_number": None,
    "specimen_id": None,
    "specimen_type": None,
    "collected_at": NOON,
    "resulted_at": None,
    "value_source_value": "0.2",
    "unit_source_value": "g/L",
    "reference_range_source_value": None,
    "value_comparator": None,
    "value_as_number": 0.2,
    "unit_ucum": "g/L",
    "value_normalised": 0.2,
    "lower_limit_min": 0.4,
    "lower_limit_max": 0.4,
    "upper_limit_min": 2.3,
    "upper_limit_max": 2.3,
    "reference_set": "PRU_EXETER",
    "class": "low",
    "laboratory_interpretation": None,
    "status": "final",
    "comment": None,
}
UNUSABLE: dict[str, Any] = {
    "measurement_id": "a:north:2",
    "facility": "north",
    "analyte": None,
    "code": "X1",
    "code_system": "L",
    "test_name": "IgM",
    "collected_at": None,
    "value_source_value": "31.0",
    "unit_source_value": "mg",
    "reference_range_source_value": None,
    "reason_code": "unmapped_unit",
    "reason": "the unit is not known",
}
FLAG: dict[str, Any] = {
    "rule_id": "selective_igm_deficiency",
    "status": "repeat_due",
    "grade": None,
    "status_reason": "one result counted",
    "severity": "raised",
    "repeat_due_on": date(2024, 4, 9),
    "repeat_overdue_on": date(2024, 7, 10),
    "rule_version": "2026.2",
    "reference_set": "PRU_EXETER",
    "published_on": date(2024, 5, 1),
    "verdict": None,
    "reviewed_on": None,
    "is_answered": False,
}


def patient(**rows: list[dict[str, Any]]) -> PublishedPatient:
    kinds = ("measurement", "unusable", "flag", "evidence", "repeat", "request")
    return PublishedPatient({"patient_key": "k"}, **{kind: rows.get(kind, []) for kind in kinds})


def told(*measured: dict[str, Any], unusable: tuple[dict[str, Any], ...] = ()):
    held = patient(measurement=[*measured], unusable=[*unusable])
    return [*told_results(held, "p", IDS, lambda _: ZoneInfo("Europe/London"))]


def test_a_result_keeps_its_id_when_it_comes_in_another_message_or_is_corrected():
    (first,), (later,) = (
        told(MEASURED),
        told(
            MEASURED
            | {"measurement_id": "b:north:9", "status": "corrected", "value_normalised": 1.2}
        ),
    )
    assert first.as_sent["id"] == later.as_sent["id"]
    assert first.normalised["id"] == later.normalised["id"] != first.as_sent["id"]
    assert later.normalised["status"] == "corrected"


def test_two_results_of_one_code_and_minute_are_two_resources():
    both = told(MEASURED, MEASURED | {"measurement_id": "a:north:3"})
    assert len({each.as_sent["id"] for each in both}) == 2


def test_limits_on_which_the_tables_agree_are_one_range():
    ((_, _, ours),) = told(MEASURED)
    (limits,) = ours["referenceRange"]
    assert (limits["low"]["value"].digits, limits["high"]["value"].digits) == ("0.4", "2.3")


def test_what_lies_between_two_tables_has_our_class_alone():
    ((_, _, ours),) = told(MEASURED | {"class": "borderline_low"})
    (concept,) = ours["interpretation"]
    assert [coding["code"] for coding in concept["coding"]] == ["borderline_low"]


@pytest.mark.parametrize(
    ("changed", "status", "value"),
    [
        ({}, "unknown", "31.0 mg"),
        ({"reason_code": "status_provisional"}, "preliminary", "31.0 mg"),
        ({"reason_code": "status_withdrawn"}, "entered-in-error", None),
        ({"value_source_value": None}, "unknown", None),
    ],
)
def test_an_unusable_result_is_never_a_quantity(changed, status, value):
    ((_, sent, ours),) = told(unusable=(UNUSABLE | changed,))
    assert (sent["status"], sent.get("valueString")) == (status, value)
    assert ("dataAbsentReason" in sent) == (value is None)
    assert "effectiveDateTime" not in sent
    assert not [name for name in ours if name.startswith("value")]


def test_a_result_that_is_gone_has_no_value():
    ((_, sent, _),) = told(MEASURED)
    gone = gone_observation(sent)
    assert gone["status"] == "entered-in-error"
    assert gone.keys() == {"resourceType", "id", "meta", "code", "subject", "effectiveDateTime",
                           "status"}  # fmt: skip


def test_a_verdict_that_answers_ends_the_repeat():
    answered = FLAG | {"verdict": "dismissed", "reviewed_on": date(2024, 5, 2), "is_answered": True}
    (task,) = repeat_tasks(patient(flag=[answered]), "p", {}, IDS, "Clinic")
    assert task["status"] == "cancelled"
    assert task["statusReason"]["coding"][0]["code"] == "dismissed"
    (issue,) = detected_issues(patient(flag=[answered]), "p", {}, IDS, {"display": "igwatch"})
    assert issue["mitigation"][0]["date"] == "2024-05-02"
    assert issue["severity"] == "moderate"


def test_a_repeat_that_was_not_done_is_cancelled_and_says_why():
    row = {
        "rule_id": FLAG["rule_id"],
        "due_on": date(2023, 4, 9),
        "repeated_on": None,
        "repeat_measurement_id": None,
        "ended_by": "feed_silent",
    }
    past, now = repeat_tasks(patient(flag=[FLAG], repeat=[row]), "p", {}, IDS, "Clinic")[::-1]
    assert (now["status"], past["status"]) == ("requested", "cancelled")
    assert past["statusReason"]["coding"][0]["code"] == "feed_silent"
    assert "executionPeriod" not in past
    assert gone_task(now)["status"] == "cancelled"
    assert gone_task(now)["restriction"] == now["restriction"]


def test_the_open_repeat_stands_before_the_same_one_that_was_given_up():
    """A feed that is silent ends the wait and not the flag: the repeat is still asked for."""
    row = {
        "rule_id": FLAG["rule_id"],
        "due_on": FLAG["repeat_due_on"],
        "repeated_on": None,
        "repeat_measurement_id": None,
        "ended_by": "feed_silent",
    }
    (task,) = repeat_tasks(patient(flag=[FLAG], repeat=[row]), "p", {}, IDS, "Clinic")
    assert task["status"] == "requested"
