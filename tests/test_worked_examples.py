"""The 83 worked examples, through the whole way: canonical CSV in, flag.patient_flag out."""

import csv
from functools import cache

import pytest

from tests.home import (
    EXPOSURES_HEADER,
    ask,
    deliver,
    first_of_months,
    new_home,
    night,
    ordinary_exposures,
)
from transforms.knowledge.drawn_case import FOLDER as CASES

DATA = CASES / "worked_example"
RULES = ("selective_igm_deficiency", "hyper_igm")


def read(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


EXPECTED = read("expected")
# the same are followed in memory by tests/transforms/course/test_worked_examples.py, in `make test`
pytestmark = pytest.mark.heavy


def facility_of(example: dict[str, str]) -> str:
    return "screened" if example["screen_done"] == "true" else "unscreened"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """All examples delivered, in two facilities: one whose feed answers the exclusion screen."""
    home = new_home(tmp_path_factory.mktemp("examples"))
    (home.facility / "screened.yaml").write_text("exposure_feed: complete\n")
    facility = {example["patient_id"]: facility_of(example) for example in EXPECTED}
    for name in ("results", "exposures"):
        for place in ("screened", "unscreened"):
            deliver(
                home,
                place,
                f"{name}.csv",
                as_csv([row for row in read(name) if facility[row["patient_id"]] == place]),
            )
    measured = [row for row in read("results") if facility[row["patient_id"]] == "screened"]
    first = min(measured, key=lambda row: row["collected_at"])["patient_id"]
    ordinary = ordinary_exposures(first, "EXAMPLE", *first_of_months(2023, 2025))
    deliver(home, "screened", "exposures-ordinary.csv", f"{EXPOSURES_HEADER}\n{ordinary}")
    return home


def as_csv(rows: list[dict[str, str]]) -> str:
    if not rows:
        return "patient_id,kind,code\n"
    lines = [",".join(rows[0])]
    lines += [",".join(f'"{cell}"' for cell in row.values()) for row in rows]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def states_on(home):
    """as_of -> (example, rule) -> (status, urgent, is on the list), published by a whole night at
    that clock, run once."""

    @cache
    def states(as_of: str) -> dict[tuple[str, str], tuple[str, bool, bool]]:
        night(home, as_of)
        found = ask(
            home,
            "SELECT f.patient_id, f.rule_id, f.status, f.urgent, w.patient_key IS NOT NULL "
            "FROM flag.patient_flag f LEFT JOIN mart.worklist w USING (patient_key, rule_id)",
        )
        return {(patient_id, rule_id): tuple(said) for patient_id, rule_id, *said in found}

    return states


def cases():
    """The examples in the order of their clocks, so that one night comes after another."""
    for example in sorted(EXPECTED, key=lambda e: (e["as_of"], e["patient_id"])):
        yield pytest.param(example, id=example["patient_id"])


def test_there_are_eighty_three():
    assert len(EXPECTED) == 83


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("example", cases())
def test_worked_example(states_on, example, rule):
    said = states_on(example["as_of"]).get((example["patient_id"], rule))
    assert (said[0] if said else "no_evidence") == example[rule]


@pytest.mark.parametrize("example", cases())
def test_urgent_and_on_the_list_where_the_example_says_so(states_on, example):
    """An example says yes or no for the patient, whichever of the two rules shows it."""
    states = states_on(example["as_of"])
    said = [states[example["patient_id"], rule] for rule in RULES if in_(states, example, rule)]
    found = {
        "urgent": any(urgent for _, urgent, _ in said),
        "on_list": any(on_list for _, _, on_list in said),
    }
    expected = {name: example[name] == "true" for name in found if example[name]}
    assert {name: found[name] for name in expected} == expected


def in_(states, example, rule) -> bool:
    return (example["patient_id"], rule) in states
