"""The 30 worked examples, through the whole way: canonical CSV in, flag.patient_flag out."""

import csv
from functools import cache
from pathlib import Path

import pytest

from tests.home import ask, deliver, new_home, night

DATA = Path(__file__).parent / "data" / "worked_examples"
RULES = ("selective_igm_deficiency", "hyper_igm")


def read(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


EXPECTED = read("expected")
# The same examples are followed in memory by tests/transforms/course/test_worked_examples.py: these
# three nights show every status there but two, the other nights are for `make test-examples`
ALWAYS = ("2024-02-01", "2024-06-01", "2024-09-01")


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
    return home


def as_csv(rows: list[dict[str, str]]) -> str:
    if not rows:
        return "patient_id,kind,code\n"
    lines = [",".join(rows[0])]
    lines += [",".join(f'"{cell}"' for cell in row.values()) for row in rows]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def states_on(home):
    """as_of -> (example, rule) -> status, published by a whole night at that clock, run once."""

    @cache
    def states(as_of: str) -> dict[tuple[str, str], str]:
        night(home, as_of)
        found = ask(home, "SELECT patient_id, rule_id, status FROM flag.patient_flag")
        return {(patient_id, rule_id): status for patient_id, rule_id, status in found}

    return states


def cases():
    """The examples in the order of their clocks, so that one night comes after another."""
    for example in sorted(EXPECTED, key=lambda e: (e["as_of"], e["patient_id"])):
        marks = () if example["as_of"] in ALWAYS else pytest.mark.heavy
        yield pytest.param(example, id=example["patient_id"], marks=marks)


def test_there_are_thirty():
    assert len(EXPECTED) == 30


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("example", cases())
def test_worked_example(states_on, example, rule):
    found = states_on(example["as_of"]).get((example["patient_id"], rule), "no_evidence")
    assert found == example[rule]
