"""Who is meant, what would be removed, and whom the law holds: on a home that has only landed."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from igwatch.night.loss import losses
from igwatch.night.pipeline import land
from igwatch.night.retention import throw_away
from tests.home import RESULTS_HEADER, deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.decision.forgetting_home import settings
from transforms.parse.raw.raw_note import damages

ROW = "{number},{authority},1990-01-01,F,,,serum,2024-01-10,,2472-9,LN,IgM,0.2,g/L,,,F,,\n"


def rows(*whom: tuple[str, str]) -> str:
    lines = [ROW.format(number=number, authority=authority) for number, authority in whom]
    return RESULTS_HEADER + "\n" + "".join(lines)


@pytest.fixture
def home(tmp_path, monkeypatch):
    made = new_home(tmp_path)
    given = settings(tmp_path)
    monkeypatch.setenv("IGWATCH_PSEUDONYM_KEY_FILE", str(given.pseudonym_key_file))
    deliver(made, "north", "a.csv", rows(("1007", "NORTH"), ("1007", "EAST"), ("1008", "NORTH")))
    deliver(made, "north", "b.csv", rows(("1007", "NORTH"), ("1009", "NORTH")))
    land(made, given)
    return made


def forget(home, *words: str, number: str = "1007"):
    asked = ("--facility", "north", "--why", "in writing")
    return command(home, "forget", number, *asked, *words)


def state(home) -> dict[str, bytes]:
    """All that stands below the home, the locks aside."""
    files = [path for path in home.root.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files if ".lock" not in path.name}


def test_a_dry_run_says_what_would_go_and_changes_nothing(home):
    before = state(home)
    said = forget(home, "--authority", "NORTH", "--dry-run", "--json")
    assert json.loads(said.stdout) == {
        "identifiers": 1,
        "linked_identifiers_that_stay": 0,
        "messages_and_rows": 2,
        "of_these_with_others_in_them": 0,
        "files_cut": 2,
        "files_removed": 0,
        "files_of_which_only_rows_are_kept": 0,
        "files_renamed": 0,
        "changes_of_status": 0,
        "generations": 0,
        "reports": 0,
        "files_of_others_with_the_number": 0,
    }
    assert {name for name, content in state(home).items() if before.get(name) != content} == set()


@pytest.mark.parametrize(
    ("words", "number", "said"),
    [
        ((), "1007", "choose one with --authority: EAST, NORTH"),
        ((), "1010", "nobody is known by this number in north"),
        (("--authority", "WEST"), "1007", "nobody is known by this number"),
        (("--release-hold",), "1008", "no legal hold keeps this person"),
    ],
)
def test_who_is_meant_must_be_certain(home, words, number, said):
    refused = forget(home, *words, number=number)
    assert refused.returncode == 1
    assert said in refused.stderr


def test_a_reason_names_nobody(home):
    refused = command(home, "forget", "1008", "--facility", "north", "--why", "1008 wrote to us")
    assert "holds the identifier of a patient" in refused.stderr


def test_a_legal_hold_keeps_until_it_is_released(home):
    assert forget(home, "--hold", number="1008").returncode == 0
    refused = forget(home, number="1008")
    assert "a legal hold keeps this person" in refused.stderr
    assert forget(home, "--dry-run", number="1009").returncode == 0
    assert forget(home, "--release-hold", number="1008").returncode == 0
    assert forget(home, number="1008").returncode == 0
    left = {path.read_text() for path in home.archive.glob("??/*")}
    assert rows(("1007", "NORTH"), ("1007", "EAST")) in left
    assert not any("1008" in text for text in left)


def test_another_person_of_that_number_stays_and_may_be_held(home):
    assert forget(home, "--authority", "EAST", "--hold").returncode == 0
    assert forget(home, "--authority", "NORTH").returncode == 0
    left = {path.read_text() for path in home.archive.glob("??/*")}
    assert left == {rows(("1007", "EAST"), ("1008", "NORTH")), rows(("1009", "NORTH"))}


def test_without_a_key_nobody_can_be_forgotten(home, monkeypatch):
    monkeypatch.delenv("IGWATCH_PSEUDONYM_KEY_FILE")
    refused = forget(home, "--authority", "NORTH")
    assert (refused.returncode, "no key is set" in refused.stderr) == (1, True)


def retained(home, **kept: int) -> dict[str, int]:
    """What goes ten days from now."""
    given = settings(home.root.parent).model_copy(update=kept)
    return throw_away(home, given, datetime.now(UTC).date() + timedelta(days=10))


def test_delivered_bytes_are_kept_for_ever_unless_the_site_says_how_long(home):
    assert retained(home)["old_archived_files"] == 0
    assert retained(home, keep_archive_days=11)["old_archived_files"] == 0
    assert retained(home, keep_archive_days=9)["old_archived_files"] == 2
    assert list(home.archive.glob("??/*")) == []
    found = losses(home)
    assert (found.gone, found.unread, found.unarchived) == ((), (), ())


def test_dated_reports_go_when_they_are_old(home):
    for name in ("2020-01-01-north.html", "latest-north.html", "notes.txt"):
        (home.reports / name).touch()
    assert retained(home, keep_report_days=30)["old_dated_reports"] == 1
    assert {path.name for path in home.reports.iterdir()} == {"latest-north.html", "notes.txt"}


def test_nothing_is_thrown_away_while_the_law_holds_anybody(home):
    forget(home, "--hold", number="1009")
    assert retained(home, keep_archive_days=1)["old_archived_files"] == 0


def test_whose_bytes_are_kept_no_longer_is_forgotten_by_rows(home):
    retained(home, keep_archive_days=1)
    assert forget(home, "--authority", "NORTH").returncode == 0
    left = [row for path in home.raw.glob("observation/north/*") for row in rows_of(path)]
    assert sorted((row["patient_id"], row["assigning_authority"]) for row in left) == [
        ("1007", "EAST"),
        ("1008", "NORTH"),
        ("1009", "NORTH"),
    ]
    facts = [row for path in home.raw.glob("source_file/north/*") for row in rows_of(path)]
    assert sorted(row["n_results"] for row in facts) == [1, 2]
    assert list(damages(home.root, deep=True)) == []


def rows_of(path) -> list[dict]:
    return pq.read_table(path).to_pylist()
