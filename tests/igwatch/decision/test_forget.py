"""Somebody asks to be forgotten: afterwards no byte below the home tells of her, and everybody else
stands as in a home that never got her part of any file. One home goes through all tests, in order.
"""

import json
import stat
from datetime import date

import duckdb
import pytest

from igwatch.inquiry.verify import verify_home
from igwatch.night.build import begin
from igwatch.night.forgetting import plan_path
from igwatch.night.pipeline import land, run_night
from tests.home import deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.decision.forgetting_home import (
    FIRST,
    HER_NUMBERS,
    HER_TRACES,
    LAST,
    SOUTHS,
    deliver_first,
    deliver_rest,
    exposures,
    feed,
    links,
    oru,
    results,
    settings,
    traces,
)
from tests.igwatch.nights import quick_night
from warehouse.generation import live_run_id

pytestmark = pytest.mark.heavy
# what tells of the day of landing, or of the bytes of files and runs
OF_THE_BYTES = {
    *("run_id", "source_sha256", "landed_at", "published_run_id", "checked_run_id"),
    *("measurement_id", "superseded_by", "delivered_at"),
}
# the night that is published anew has no new delivery, so that fewer checks are made
NOT_COMPARED = {"quality.check_result", "quality.check_history"}


# what the clinic's group reads of her
IN_CLINIC = ("south.html", "south.csv", "south.xlsx", "igwatch.duckdb")


def nights(folder, key, with_her: bool):
    home = new_home(folder)
    deliver_first(home, with_her)
    quick_night(home, FIRST)
    deliver_rest(home, with_her)
    run_night(home, key, date.fromisoformat(LAST))
    return home


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return settings(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="module")
def never(tmp_path_factory, key):
    """The home that never got her part of any file."""
    return nights(tmp_path_factory.mktemp("never"), key, with_her=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory, key):
    made = nights(tmp_path_factory.mktemp("before"), key, with_her=True)
    (made.validation / "draw-x.json").write_text(f'{{"patient_id": "{HER_NUMBERS[0]}"}}')
    found = traces(made)
    assert {trace for _, trace in found} == set(HER_TRACES)
    assert {f"clinic/south/{name}" for name in IN_CLINIC} <= {name for name, _ in found}
    return made


@pytest.fixture
def igwatch(home, key, monkeypatch):
    monkeypatch.setenv("IGWATCH_PSEUDONYM_KEY_FILE", str(key.pseudonym_key_file))
    return lambda *words: command(home, *words)


def tables(home) -> dict[str, list[tuple]]:
    """Every published table, without what tells of bytes and runs alone."""
    found = {}
    with duckdb.connect(str(home.catalogue), read_only=True) as con:
        names = con.execute(
            "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        for name in {name for (name,) in names} - NOT_COMPARED:
            kept = ", ".join(c for c in con.table(name).columns if c not in OF_THE_BYTES)
            found[name] = con.execute(f"SELECT {kept} FROM {name} ORDER BY ALL").fetchall()
    return found


def numbered(home) -> set[str]:
    """Whose numbers are kept for OMOP."""
    with duckdb.connect(str(home.omop_catalogue), read_only=True) as con:
        return {
            key for (key,) in con.execute("SELECT patient_key FROM source.person_number").fetchall()
        }


def differing(home, other) -> dict[str, list]:
    """The rows of each table that one of the two homes has and the other has not."""
    these, those = tables(home), tables(other)
    return {
        name: [row for row in rows if row not in those[name]]
        + [row for row in those[name] if row not in rows]
        for name, rows in these.items()
        if rows != those[name]
    }


def test_no_byte_tells_of_her_and_all_others_stand(home, igwatch, never):
    done = igwatch("forget", "7700431", "--facility", "south", "--why", "in writing", "--json")
    assert done.returncode == 0, done.stderr
    assert traces(home) == set()
    assert differing(home, never) == {}
    assert numbered(home) == numbered(never)
    removed = json.loads(done.stdout)
    # her two numbers and that of the server; 3 rows of each of 3 panels, 2 files of 3 messages, an
    # exposure, a review, a merge, two resources
    expected = {
        "identifiers": 3,
        "messages_and_rows": 20,
        "files_cut": 8,
        "files_removed": 1,
        "files_renamed": 1,
        "inbox_files": 9,
        "lines_of_link_csv": 1,
        "generations": 2,
        "files_of_others_with_the_number": 0,
    }
    assert expected.items() <= removed.items()
    assert removed["reports"] > 0
    assert removed["changes_of_status"] == 1  # EVE-OLD-9 became a candidate on the first night


def test_the_clinics_folder_is_made_anew_for_its_group(home):
    """Forgetting removed it with her in it; what is there now is of the others."""
    folder = home.clinic / "south"
    assert {path.name for path in folder.iterdir()} == set(IN_CLINIC)
    assert {path.stat().st_gid for path in (folder, *folder.iterdir())} == {SOUTHS}
    with duckdb.connect(str(folder / "igwatch.duckdb"), read_only=True) as con:
        left = con.execute("SELECT DISTINCT patient_id FROM core.patient").fetchall()
    assert {patient for (patient,) in left} <= {"ann", "bob"}
    assert left


def test_the_bytes_of_others_are_in_archive_and_inbox(home):
    archived = {path.read_bytes() for path in home.archive.glob("??/*")}
    assert len(archived) == 8
    assert feed(with_her=False).encode() in archived
    assert exposures(with_her=False).encode() in archived
    assert results("2024-01-10", ("ann", "bob")).encode() in archived
    assert (home.inbox / "south" / "feed.hl7").read_bytes() == feed(with_her=False).encode()
    assert not (home.inbox / "north" / "results-7700431.csv").exists()
    assert home.link.read_text(encoding="utf-8") == links(with_her=False)


def test_everything_adds_up(home, key):
    checks = verify_home(home, key, lambda step: None, deep=True)["checks"]
    assert {name: faults for name, faults in checks.items() if faults} == {}
    assert "nobody who was forgotten is back" in checks


def test_only_its_record_is_left_and_names_nobody(home):
    (record,) = (home.ledger / "person").glob("*.json")
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    kept = json.loads(record.read_text())
    assert (kept["kind"], kept["facility"], kept["why"]) == ("forgotten", "south", "in writing")
    assert len(kept["replaced"]) == 9
    assert len([left for _, left in kept["replaced"] if left is None]) == 1
    assert not plan_path(home).exists()


def test_a_feed_that_sends_her_again_is_held(home, igwatch, key):
    """The same file, a new one, and one in which she is called by another authority."""
    deliver(home, "south", "again.hl7", feed())
    deliver(home, "south", "only-hers.hl7", oru("7700431", "2024-04-25"))
    deliver(home, "south", "by-oid.hl7", oru("7700431", "2024-04-26").replace("NORTH^MR", "^MR"))
    deliver(home, "north", "results-9.csv", results("2024-01-10", ("ann", "EVE-OLD-9", "bob")))
    land(home, key)
    work = begin(home, key, date.fromisoformat(LAST))
    assert traces(home, but=("inbox/",)) == set()
    assert work.name == live_run_id(home.root), "the same sources are the same night"
    held = json.loads(
        igwatch("quarantine", "list", "--reason", "forgotten_person", "--json").stdout
    )
    assert sorted((row["facility"], row["found"].split(" on ")[0]) for row in held) == [
        ("north", "3 messages or rows"),
        ("south", "1 messages or rows"),
        ("south", "1 messages or rows"),
        ("south", "3 messages or rows"),
    ]


def test_they_are_known_from_then_on(home, igwatch):
    landed = json.loads(igwatch("land", "--json").stdout)
    assert (landed["new_files"], landed["known_files"]) == (0, 12)


def test_replay_says_that_somebody_was_forgotten_since(igwatch):
    replayed = igwatch("replay", "--as-of", FIRST)
    assert "persons forgotten since, at their wish: 1" in replayed.stdout
    assert "the same" in replayed.stdout


def test_without_the_key_no_night_goes_on(home):
    refused = command(home, "run", "--as-of", LAST)
    assert refused.returncode == 1
    assert "IGWATCH_PSEUDONYM_KEY_FILE" in refused.stderr
