"""`igwatch preview` of an exposures file: how many rows are read, ended how, and what does nothing."""

from datetime import datetime, timedelta

import pytest

from igwatch.inquiry.preview import preview_file
from tests.home import SETTINGS, new_home
from tests.igwatch.command_line import command
from tests.table import table

HEADER = (
    "patient_id",
    "kind",
    "event_kind",
    "code",
    "code_system",
    "name",
    "days_supply",
    "status",
)
SENT = """
patient_id | kind       | event_kind   | code     | code_system | name          | days_supply | status
SECRET-1   | diagnosis  | listed       | 92814006 | SNOMED      | thing         |             |
SECRET-2   | diagnosis  | listed       | 92814007 | SNOMED      | thing         |             |
SECRET-3   | procedure  | administered | 77-1     |             | scan          |             |
SECRET-3   | medication | dispensed    | N03AF01  | ATC         | carbamazepine | 30          |
SECRET-3   | medication | ordered      | C07AB02  | ATC         | metoprolol    |             |
SECRET-4   | medication | ordered      | N05AH02  | ATC         | clozapine     |             | Zzword
SECRET-4   | no kind    | ordered      | N05AH02  | ATC         | clozapine     |             |
"""
TODAY = datetime.now(SETTINGS.zone_info).date()


def written(folder, days_ago):
    """The file as of so many days ago; all that it holds began on one day."""
    day = TODAY - timedelta(days=days_ago)
    path = folder / f"exposures_{days_ago}.csv"
    rows = [",".join([*(row[c] or "" for c in HEADER), str(day)]) for row in table(SENT)]
    path.write_text("\n".join([",".join([*HEADER, "start_date"]), *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("preview")


@pytest.fixture(scope="module")
def seen(folder):
    return preview_file(written(folder, 3), "north", new_home(folder), SETTINGS)


def test_how_many_are_read_and_that_they_are_too_few(seen):
    reading = seen["exposure_reading"]
    assert (reading["n_rows"], reading["n_set_aside"]) == (6, 1)
    assert (reading["n_left"], reading["n_read"]) == (5, 2)
    assert (reading["is_unread"], reading["is_silent"]) == (True, False)


def test_the_systems_each_with_how_to_have_it_read(seen):
    told = [
        (s["code_system"], s["n"], s["n_read"], s["suggestion"]) for s in seen["exposure_systems"]
    ]
    assert told == [
        ("SNOMED", 2, 0, "map its codes in NAME.exposures.csv, where the rules ask for them"),
        ("ATC", 2, 2, None),
        (None, 1, 0, "exposure_system: {procedure: ...}"),
    ]


def test_ended_how(seen):
    ends = {(e["event_kind"], e["end_known_by"]): e["n"] for e in seen["exposure_ends"]}
    assert ends == {
        ("listed", None): 2,
        ("administered", "day"): 1,
        ("dispensed", "supply"): 1,
        ("ordered", "limit"): 1,
    }


def test_what_does_nothing_and_the_entry_for_an_unknown_word(seen):
    told = {
        (i["reason_code"], i["kind"]): (i["n"], i["suggestion"]) for i in seen["exposures_idle"]
    }
    assert told == {
        ("code_not_read", "diagnosis"): (2, None),
        ("code_not_read", "procedure"): (1, None),
        ("status_not_known", "medication"): (1, 'exposure_status_map: {"Zzword": ...}'),
    }


def test_a_terminal_says_that_such_a_feed_screens_nobody(folder):
    home = new_home(folder)
    shown = command(home, "preview", str(written(folder, 3)), "--facility", "north").stdout
    assert (
        "7 rows of exposures: 6 read, 2 of 5 in a system that is read or known by name: "
        "the feed screens nobody"
    ) in shown
    assert "its supply" in shown
    assert "SECRET" not in shown


def test_one_that_last_spoke_long_ago_is_told(folder):
    told = preview_file(written(folder, 200), "north", new_home(folder), SETTINGS)
    assert told["exposure_reading"]["is_silent"]


def test_a_file_without_exposures_has_none(folder):
    path = folder / "results.csv"
    path.write_text("patient_id,collected_at,code,value,units\nS1,2024-01-31,2472-9,0.3,g/L\n")
    told = preview_file(path, "north", new_home(folder), SETTINGS)
    assert told["exposure_reading"] is None
