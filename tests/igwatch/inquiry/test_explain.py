"""`igwatch explain`: every result and its reason, and what would change the state, and when."""

import json

import pytest

from tests.home import (
    EXPOSURES_HEADER,
    deliver,
    first_of_months,
    new_home,
    ordinary_exposures,
)
from tests.igwatch.command_line import command
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.nights import quick_night

pytestmark = pytest.mark.heavy

BOB = "bob,NORTH"
DRUGS = f"""{EXPOSURES_HEADER}
{BOB},medication,L04AZ99,ATC,newdrugumab,2023-10-01,
{BOB},medication,,,Elixir of life,2023-10-01,
{BOB},medication,C07AB02,ATC,metoprolol,2023-10-01,
"""
MERGES = """assigning_authority,retired_id,surviving_id,merged_at
NORTH,bob,cyd,2024-01-12
NORTH,bob,dan,2024-01-12
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("explain"))
    (home.facility / "north.yaml").write_text("zone: UTC\nexposure_feed: complete\n")
    healthy = panel("2024-01-10", "1.1").replace("ann,NORTH", BOB)
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21"), healthy))
    deliver(home, "north", "merges.csv", MERGES)
    deliver(home, "north", "exposures.csv", DRUGS)
    ordinary = ordinary_exposures("ann", "NORTH", *first_of_months(2023, 2024))
    deliver(home, "north", "exposures-ordinary.csv", f"{EXPOSURES_HEADER}\n{ordinary}")
    quick_night(home, "2024-01-20")
    deliver(home, "north", "b.csv", results(panel("2024-04-20", "0.19")))
    quick_night(home, "2024-05-01")
    return home


def told(home, *words):
    done = command(home, "explain", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def outlook(explained, rule="selective_igm_deficiency"):
    (found,) = [r for r in explained["rules"] if r["rule_id"] == rule]
    return [(o["what"], o["on_or_after"], o["status"]) for o in found["outlook"]]


def test_what_would_change_the_state_and_when(home):
    assert outlook(told(home, "ann", "--as-of", "2024-02-01"))[:7] == [
        ("nothing more is measured", "2024-04-09", "repeat_due"),
        ("nothing more is measured", "2024-07-11", "repeat_overdue"),
        ("nothing more is measured", "2025-01-10", "indeterminate"),
        ("a low IgM with IgG and IgA not low", "2024-02-02", "candidate"),
        ("a low IgM with IgG and IgA not low", "2024-02-07", "candidate"),
        ("a low IgM with IgG and IgA not low", "2024-04-09", "persistent"),
        ("an IgM of 0.63 g/L or more from the same laboratory", "2024-02-02", "resolved"),
    ]


def test_every_result_says_what_was_made_of_it(home):
    explained = told(home, "ann")
    igm = [r for r in explained["results"] if r["analyte"] == "igm"]
    counted = [[u["is_counted"] for u in r["used_as"] if u["role"] == "index"] for r in igm]
    assert counted == [[True], [True]]
    assert all(r["used_as"] for r in explained["results"])
    assert explained["flags"][0]["status"] == "persistent"
    assert explained["differs_from_published"] == []
    assert [(s["from_status"], s["to_status"]) for s in explained["said"]] == [
        (None, "candidate"), ("candidate", "persistent")]  # fmt: skip


def test_somebody_who_is_not_flagged_is_explained_too(home):
    explained = told(home, "bob")
    assert explained["flags"] == []
    assert [(r["rule_id"], r["flag"]["status"]) for r in explained["rules"]] == [
        ("hyper_igm", "no_evidence"), ("selective_igm_deficiency", "no_evidence")]  # fmt: skip
    assert explained["rules"][1]["steps"][0]["reason"] == "IgM not low and nothing before it"
    assert ("a low IgM with IgG and IgA not low", "2024-05-02", "candidate") in outlook(explained)


def test_a_clinician_reads_it_on_a_terminal(home):
    done = command(home, "explain", "ann")
    assert done.returncode == 0, done.stderr
    for words in (
        "Selective IgM deficiency pattern: persistent, partial",
        "What would change it, and when",
        "on or after 2024-07-08",
        "definite pattern (counted)",
        "normal IgG subclasses",
        "rules 2026.2, limits PRU_EXETER+MAYO; a laboratory pattern, not a diagnosis",
        "Every result",
    ):
        assert words in done.stdout
    assert "ann" not in done.stderr


def test_an_identifier_that_is_not_there_is_one_line_without_it(home):
    done = command(home, "explain", "nobody-4711")
    assert done.returncode == 1
    assert "no result of that patient" in done.stderr
    assert "4711" not in done.stdout + done.stderr


def test_a_merge_that_joins_nobody_is_told_of_the_persons_concerned(home):
    told_of = told(home, "bob")["merges_refused"]
    assert [(m["retired_id"], m["surviving_id"]) for m in told_of] == [
        ("bob", "cyd"),
        ("bob", "dan"),
    ]
    assert "two others at the same time" in told_of[0]["reason"]
    assert told(home, "ann")["merges_refused"] == []


def test_drugs_that_were_not_recognised_are_named(home):
    effects = {e["name"]: e["effect"] for e in told(home, "bob")["exposures"]}
    assert effects == {
        "newdrugumab": "unreviewed_drug",
        "Elixir of life": "unrecognised_drug",
        "metoprolol": None,
    }
    shown = command(home, "explain", "bob").stdout
    assert "drugs not recognised: Elixir of life, newdrugumab" in shown
