"""The 83 worked examples: core built from their results, then followed, each at its own clock."""

import csv
from datetime import date

import pytest

from igwatch.base.sql import store
from tests.conformance import oracle
from tests.warehouse_in_memory import MODELS, core
from transforms.course import follow, follow_patients
from transforms.knowledge import load_knowledge
from transforms.knowledge.drawn_case import FOLDER as CASES
from warehouse.build_models import build_models

DATA = CASES / "worked_example"
RAW_NAME = {
    "sex": "administrative_sex",
    "order_number": "filler_order_number",
    "resulted_at": "message_at",
    "code": "observation_identifier",
    "value": "observation_value",
    "reference_range": "references_range",
    "status": "observation_result_status",
    "laboratory": "producer",
}
RULES = ("selective_igm_deficiency", "hyper_igm")


def read(name):
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


EXPECTED = read("expected")
FACILITY = {e["patient_id"]: "complete" if e["screen_done"] == "true" else "none" for e in EXPECTED}


def drawn(rows, raw_name):
    """Canonical rows as a drawn raw table; the facility is named after its exposure feed."""
    header = " | ".join([*(raw_name.get(c, c) for c in rows[0]), "facility", "message_number"])
    lines = (" | ".join([*row.values(), FACILITY[row["patient_id"]], ""]) for row in rows)
    return "\n".join([header, *lines])


@pytest.fixture(scope="module")
def con():
    con = core(
        drawn(read("results"), RAW_NAME),
        exposure=drawn(read("exposures"), {}),
        as_of=date(2026, 1, 1),
    )
    con.execute("UPDATE knowledge.facility SET exposure_feed = facility")
    build_models(con, MODELS, {"panel.followed"})
    return con


@pytest.fixture(scope="module")
def tables(con):
    """Panels, exposures, patients and facilities of the examples."""
    return [
        con.execute(f"FROM {name}").to_arrow_table()
        for name in ("panel.followed", "core.exposure", "core.patient", "knowledge.facility")
    ]


@pytest.fixture(scope="module")
def courses(tables):
    """as_of -> Courses of all examples at that clock."""
    clocks = {date.fromisoformat(e["as_of"]) for e in EXPECTED}
    return {clock: follow(*tables, load_knowledge(), clock) for clock in clocks}


def test_several_processes_follow_as_one_does(tables, monkeypatch):
    monkeypatch.setattr(follow_patients, "AT_ONCE", 20)
    monkeypatch.setattr(follow_patients, "SHARED_FROM", 0)
    clock, knowledge = date(2025, 6, 1), load_knowledge()
    alone, together = (follow(*tables, knowledge, clock, processes) for processes in (1, 2))
    assert alone.patient_flag.num_rows > 50
    assert together.patient_flag.equals(alone.patient_flag)
    assert together.step.equals(alone.step)


def test_there_are_eighty_three():
    assert len(EXPECTED) == 83


def flags_of(courses, example):
    flags = courses[date.fromisoformat(example["as_of"])].patient_flag.to_pylist()
    return {f["rule_id"]: f for f in flags if f["patient_id"] == example["patient_id"]}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("example", EXPECTED, ids=lambda e: e["patient_id"])
def test_worked_example(courses, example, rule):
    flag = flags_of(courses, example).get(rule)
    assert (flag["status"] if flag else "no_evidence") == example[rule]


@pytest.fixture(scope="module")
def drawn_rows(con):
    """example -> its rows of panel.followed and of core.exposure."""
    rows = {e["patient_id"]: ([], []) for e in EXPECTED}
    for place, name in enumerate(("panel.followed", "core.exposure")):
        found = con.execute(
            f"SELECT patient_id, t.* FROM {name} AS t JOIN core.patient USING (patient_key)"
        )
        for row in found.to_arrow_table().to_pylist():
            rows[row["patient_id"]][place].append(row)
    return rows


@pytest.mark.parametrize("example", EXPECTED, ids=lambda e: e["patient_id"])
def test_the_naive_reading_reaches_the_same(drawn_rows, example):
    panels, exposures = drawn_rows[example["patient_id"]]
    as_of = date.fromisoformat(example["as_of"])
    read = [
        oracle.sigmd(panels, exposures, {"complete"}, as_of).state,
        oracle.higm(panels, exposures, {"complete"}, as_of).state,
    ]
    assert read == [example[rule] for rule in RULES]
    if example["urgent"]:
        assert oracle.alarm(panels, exposures, as_of).urgent == (example["urgent"] == "true")


@pytest.mark.parametrize(
    "example", [e for e in EXPECTED if e["urgent"]], ids=lambda e: e["patient_id"]
)
def test_urgent_where_the_example_says_so(courses, example):
    said = [flag["urgent"] for flag in flags_of(courses, example).values()]
    assert any(said) == (example["urgent"] == "true")


@pytest.mark.parametrize(
    "example", [e for e in EXPECTED if e["routes"]], ids=lambda e: e["patient_id"]
)
def test_the_routes_that_the_example_names(courses, example):
    routes = {r for flag in flags_of(courses, example).values() for r in flag["routes"]}
    assert set(example["routes"].split()) <= routes


def test_the_infant_is_urgent_and_the_boy_is_sent_to_wiskott_aldrich(courses):
    flags = {f["patient_id"]: f for f in courses[date(2024, 2, 1)].patient_flag.to_pylist()}
    assert flags["E33"]["routes"] == ["route_was"]
    assert not flags["E33"]["urgent"]
    infant = courses[date(2023, 10, 10)].patient_flag.to_pylist()
    assert {f["patient_id"]: f["urgent"] for f in infant}["E16"]


def test_evidence_cites_every_isotype_of_each_step(con, courses):
    followed = courses[date(2024, 9, 1)]
    store(con, "flag.step", followed.step)
    store(con, "flag.standing", followed.patient_flag)
    build_models(con, MODELS, {"flag.result_note", "flag.evidence"})
    cited = con.execute(
        "SELECT event_number, role, analyte, value_source_value, status_after FROM flag.evidence "
        "SEMI JOIN (FROM core.patient WHERE patient_id = 'E07') USING (patient_key) ORDER BY ALL"
    ).fetchall()
    assert cited == [
        (1, "context", "iga", "1.9", "candidate"),
        (1, "context", "igg", "10.2", "candidate"),
        (1, "index", "igm", "0.21", "candidate"),
        (2, "context", "iga", "1.8", "persistent"),
        (2, "context", "igg", "9.8", "persistent"),
        (2, "index", "igm", "0.19", "persistent"),
        (3, "context", "iga", "1.7", "definite_pattern"),
        (3, "context", "igg", "10.1", "definite_pattern"),
        (3, "index", "igm", "0.22", "definite_pattern"),
    ]
