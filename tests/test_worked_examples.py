"""The 30 worked examples, through the whole way: canonical CSV in, flag.patient_flag out."""

import csv
from pathlib import Path

import pytest

from tests.home import ask, deliver, new_home, night

DATA = Path(__file__).parent / "data" / "worked_examples"
RULES = ("selective_igm_deficiency", "hyper_igm")


def read(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


EXPECTED = read("expected")


def facility_of(example: dict[str, str]) -> str:
    return "screened" if example["screen_done"] == "true" else "unscreened"


@pytest.fixture(scope="module")
def states(tmp_path_factory) -> dict[tuple[str, str], str]:
    """(example, rule) -> state, each at its own as_of, one night after another in one home."""
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
    found = {}
    for as_of in sorted({example["as_of"] for example in EXPECTED}):
        night(home, as_of)
        flags = {
            (p, r): s
            for p, r, s in ask(home, "SELECT patient_id, rule_id, status FROM flag.patient_flag")
        }
        for example in EXPECTED:
            if example["as_of"] == as_of:
                for rule in RULES:
                    key = (example["patient_id"], rule)
                    found[key] = flags.get(key, "no_evidence")
    return found


def as_csv(rows: list[dict[str, str]]) -> str:
    if not rows:
        return "patient_id,kind,code\n"
    lines = [",".join(rows[0])]
    lines += [",".join(f'"{cell}"' for cell in row.values()) for row in rows]
    return "\n".join(lines) + "\n"


def test_there_are_thirty():
    assert len(EXPECTED) == 30


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("example", EXPECTED, ids=lambda e: e["patient_id"])
def test_worked_example(states, example, rule):
    assert states[example["patient_id"], rule] == example[rule]
