"""Every drawn patient reaches the states drawn beside it."""

from collections import Counter
from datetime import date

import pytest

from tests.conformance.case import RULES, followed, on
from transforms.knowledge.drawn_case import STATE_COLUMNS, read_cases

CASES = list(read_cases())


def test_there_are_enough_and_each_has_its_own_name():
    assert len(CASES) >= 200
    assert [name for name, n in Counter(c.name for c in CASES).items() if n > 1] == []


def states(courses) -> dict[str, str]:
    found = {flag["rule_id"]: flag["status"] for flag in courses.patient_flag.to_pylist()}
    return {rule: found.get(rule, "no_evidence") for rule in RULES}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_case(case):
    courses = followed(case.row)
    assert states(courses) == {rule: case.row[column] for rule, column in STATE_COLUMNS.items()}, (
        case.sentence
    )
    detail = {name: case.row[name] for name in DETAIL if case.row.get(name)}
    flag = next(iter(flags_in_order(courses)), None)
    found = {name: DETAIL[name](flag, courses) for name in detail}
    assert found == {name: expected(name, text, flag) for name, text in detail.items()}


def flags_in_order(courses):
    return sorted(courses.patient_flag.to_pylist(), key=lambda f: RULES.index(f["rule_id"]))


def expected(name, text, flag):
    if name == "reason":
        sentence = flag["status_reason"]
        holds = sentence.endswith(text[:-1]) if text.endswith("$") else text in sentence
        return sentence if holds else text
    return text


def day(value: date | None) -> str:
    return "." if value is None else str((value - on("0")).days)


def steps(flag, courses) -> str:
    rows = [s for s in courses.step.to_pylist() if s["rule_id"] == flag["rule_id"]]
    return " ".join(f"{s['event']}{'+' if s['is_counted'] else ''}" for s in rows)


def short_route(route: str) -> str:
    return route.removeprefix("route_")


DETAIL = {
    "grade": lambda flag, _: flag["grade"] or ".",
    "urgent": lambda flag, _: "yes" if flag["urgent"] else "no",
    "alarming": lambda flag, _: "yes" if flag["alarming"] else "no",
    "severity": lambda flag, _: flag["severity"] or ".",
    "capped": lambda flag, _: " ".join(flag["capped_by"]) or ".",
    "routes": lambda flag, _: " ".join(sorted(map(short_route, flag["routes"]))) or ".",
    "missing": lambda flag, _: " ".join(flag["missing"]) or ".",
    "n": lambda flag, _: str(flag["n_counted"]),
    "span": lambda flag, _: "." if flag["span_days"] is None else str(flag["span_days"]),
    "due": lambda flag, _: day(flag["repeat_due_on"]),
    "overdue": lambda flag, _: day(flag["repeat_overdue_on"]),
    "first": lambda flag, _: day(flag["first_evidence_at"] and flag["first_evidence_at"].date()),
    "last": lambda flag, _: day(flag["last_evidence_at"] and flag["last_evidence_at"].date()),
    "steps": steps,
    "reason": lambda flag, _: flag["status_reason"],
}
