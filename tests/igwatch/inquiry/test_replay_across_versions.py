"""A home of the release before (rules 2026.1) under this one: replayed, and gone on with."""

import json
import tarfile

import duckdb
import pytest

from igwatch.base.paths import ROOT
from igwatch.inquiry.rejects import rejects
from igwatch.site.home import Home
from tests.home import ask
from tests.igwatch.command_line import command
from tests.igwatch.inquiry.test_explain import told
from tests.igwatch.nights import quick_night
from warehouse.ledger import published_statuses

pytestmark = pytest.mark.heavy

SELECTIVE = "selective_igm_deficiency"
HOME_BEFORE = ROOT / "tests" / "data" / "home_2026_1.tar.xz"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """Two nights of the release before; tests/data/README.md says of whom, and how it was made."""
    folder = tmp_path_factory.mktemp("home-before")
    with tarfile.open(HOME_BEFORE) as archive:
        archive.extractall(folder, filter="data")
    return Home(folder / "home")


def flags(home) -> list[tuple]:
    """The catalogue names the place where the home was made until its next night."""
    with duckdb.connect(str(home.catalogue), read_only=True) as con:
        con.execute("SET VARIABLE igwatch_root = $1", [str(home.root)])
        return con.execute(
            "SELECT patient_id, rule_id, status FROM flag.patient_flag ORDER BY ALL"
        ).fetchall()


def moved(home, as_of: str) -> dict:
    return told_by(home, "replay", "--as-of", as_of, "--show-patients")


def told_by(home, *words):
    done = command(home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


RULES_MOVED = [
    ("boy", "hyper_igm", "definite_pattern", "2026.1", "persistent", "2026.2"),
    ("eve", SELECTIVE, "indeterminate", "2026.1", "no_evidence", None),
]


def test_before_the_first_new_night_replay_shows_what_the_rules_will_change(home):
    assert flags(home) == [
        ("boy", "hyper_igm", "definite_pattern"),
        ("dan", SELECTIVE, "persistent"),
        ("eve", SELECTIVE, "indeterminate"),
        ("fay", SELECTIVE, "persistent"),
    ]
    replayed = moved(home, "2025-05-03")
    assert said(replayed) == RULES_MOVED
    assert replayed["differs_from_published"] == 2
    asked = command(home, "explain", "boy")
    assert asked.returncode == 1
    assert "run: igwatch run" in asked.stderr
    assert "boy" not in asked.stderr


def said(replayed) -> list[tuple]:
    columns = ("patient_id", "rule_id", "published", "published_version", "again", "again_version")
    return [tuple(row[name] for name in columns) for row in replayed["rules_moved"]]


def test_the_home_goes_on(home):
    quick_night(home, "2025-05-05")
    assert flags(home) == [
        ("boy", "hyper_igm", "persistent"),
        ("dan", SELECTIVE, "persistent"),
        ("fay", SELECTIVE, "persistent"),
    ]
    told_once = """
        SELECT patient_id, from_status, to_status, rule_version
        FROM flag.transition WHERE as_of = DATE '2025-05-05' ORDER BY ALL
    """
    changes = [
        ("boy", "definite_pattern", "persistent", "2026.2"),
        ("eve", "indeterminate", "no_evidence", "2026.2"),
    ]
    assert ask(home, told_once) == changes
    quick_night(home, "2025-05-06")
    later = "SELECT count(*) FROM flag.transition WHERE as_of = DATE '2025-05-06'"
    assert ask(home, later) == [(0,)]


def test_the_ledger_keeps_each_publication_under_its_rules(home):
    rows = published_statuses(home.root).to_pylist()
    versions = {(row["as_of"].isoformat(), row["rule_version"]) for row in rows}
    assert {("2025-05-01", "2026.1"), ("2025-05-05", "2026.2")} <= versions
    assert not [v for day, v in versions if day < "2025-05-05" and v != "2026.1"]


def test_a_verdict_is_kept_and_a_dismissal_without_a_reason_refused_and_told(home):
    verdicts = (
        "SELECT patient_id, verdict FROM mart.review INNER JOIN core.patient USING (patient_key)"
    )
    assert ask(home, verdicts) == [("dan", "confirmed")]
    assert [r["reason_code"] for r in rejects(home)] == ["verdict_without_reason"]


def test_afterwards_the_night_before_is_replayed_and_each_change_has_its_reason(home):
    replayed = moved(home, "2025-05-03")
    assert said(replayed) == RULES_MOVED
    by_reason = replayed["rules_moved_by_reason"]
    assert [(r["published"], r["again"], r["patients"]) for r in by_reason] == [
        ("definite_pattern", "persistent", 1),
        ("indeterminate", "no_evidence", 1),
    ]
    assert "persistent at most" in by_reason[0]["in_words"]
    shown = command(home, "replay", "--as-of", "2025-05-03", "--show-patients").stdout
    assert "What today's rules say instead" in shown
    assert "Of whom" in shown
    assert told(home, "boy")["differs_from_published"] == []
