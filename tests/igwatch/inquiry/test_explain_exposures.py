"""`igwatch explain` of exposures: how each lasts, what does nothing and why, and who is screened."""

import json

import pytest

from tests.home import deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.nights import quick_night
from tests.table import table

COLUMNS = (
    "kind",
    "event_kind",
    "code",
    "code_system",
    "name",
    "start_date",
    "end_date",
    "days_supply",
    "status",
)
SENT = """
kind       | event_kind   | code     | code_system | name                | start_date | end_date   | days_supply | status
medication | administered | L01FA01  | ATC         | rituximab           | 2010-03-01 |            |             |
medication | ordered      | L04AX03  | ATC         | methotrexate        | 2023-03-02 |            |             |
medication | dispensed    | N03AF01  | ATC         | carbamazepine       | 2023-12-20 |            | 30          |
medication | ordered      | N03AF01  | ATC         | carbamazepine       | 2023-01-01 | 2023-02-01 |             |
medication | ordered      | C07AB02  | ATC         | metoprolol          | 2023-01-01 |            |             |
medication | ordered      |          |             | Elixir of life      | 2023-01-02 |            |             |
diagnosis  | listed       | 92814006 | SNOMED      | Chronic thing       | 2023-01-03 |            |             |
medication | ordered      | N05AH02  | ATC         | clozapine           | 2023-01-04 |            |             | Zzword
medication | ordered      | N05AH02  | ATC         | clozapine           | 2023-01-05 |            |             | Cancelled
"""
READ = "cyd,NORTH,medication,ordered,C07AB02,ATC,metoprolol,2024-01-15,,,\n"


def exposures() -> str:
    rows = [",".join(["ann", "NORTH", *(row[c] or "" for c in COLUMNS)]) for row in table(SENT)]
    header = ",".join(["patient_id", "assigning_authority", *COLUMNS])
    # enough rows in a system that is read
    return "\n".join([header, *rows]) + "\n" + READ * 40


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("explain"))
    (home.facility / "north.yaml").write_text("zone: UTC\nexposure_feed: complete\n")
    (home.facility / "south.yaml").write_text("zone: UTC\n")
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    south = panel("2024-01-09", "0.21").replace("ann,NORTH", "bob,NORTH")
    deliver(home, "south", "b.csv", results(south))
    deliver(home, "north", "exposures.csv", exposures())
    quick_night(home, "2024-01-20")
    return home


@pytest.fixture(scope="module")
def told(home):
    return json.loads(command(home, "explain", "ann", "--json").stdout)


@pytest.fixture(scope="module")
def shown(home):
    return command(home, "explain", "ann").stdout


def test_each_says_how_its_end_is_known(told):
    lasting = {
        (e["start_date"], e["event_kind"]): (e["end_known_by"], e["end_date"])
        for e in told["exposures"]
        if not e["why_nothing"]
    }
    assert lasting == {
        ("2010-03-01", "administered"): ("day", "2010-03-01"),
        ("2023-01-01", "ordered"): ("stated", "2023-02-01"),
        ("2023-03-02", "ordered"): ("limit", "2024-03-01"),
        ("2023-12-20", "dispensed"): ("supply", "2024-01-18"),
    }


def test_what_does_nothing_says_why(told):
    rows = [*told["exposures"], *told["exposures_set_aside"]]
    reasons = {e["start_date"]: e["why_nothing"] for e in rows if e["why_nothing"]}
    assert reasons == {
        "2023-01-01": "no_rule_asks",
        "2023-01-02": "name_not_known",
        "2023-01-03": "code_not_read",
        "2023-01-04": "status_not_known",
        "2023-01-05": "withdrawn",
    }


@pytest.mark.parametrize(
    "words",
    [
        "given on 2010-03-01",
        "in force to 2024-03-01: a year after its last mention",
        "dispensed, from 2023-12-20, ended 2024-01-18: its supply of 30 days",
        "ended 2023-02-01: stated",
        "Sent, and doing nothing",
        "nobody has told what the word of its standing means: status Zzword",
        "its sender took it back",
    ],
)
def test_a_terminal_says_it_in_words(shown, words):
    assert words in shown


def test_the_facility_of_the_results_is_screened(told):
    (north,) = told["screening"]
    assert (north["facility"], north["screening_faults"], north["screened"]) == (
        "north", [], "screened")  # fmt: skip
    (feed,) = told["exposure_feeds"]
    assert (feed["last_mentioned_on"], feed["faults"]) == ("2024-01-15", [])


def test_one_that_is_not_screened_says_why_and_how_to_mend_it(home):
    (south,) = json.loads(command(home, "explain", "bob", "--json").stdout)["screening"]
    assert (south["screening_faults"], south["screened"]) == (
        ["no_exposure_feed"], "not screened")  # fmt: skip
    assert "exposure_feed: complete" in south["mend"]
