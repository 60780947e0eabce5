"""Who may look at what below a home, whoever made its folders and under whatever umask."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from igwatch.site.home import home_at
from igwatch.site.home_mode import close_home, open_paths
from tests.other_user import as_user

PRIVATE = ("inbox", "facility", "letter", "archive", "raw", "ledger", "work", "reports")
OWNER, SENDER, DASHBOARDS, SENDERS = 64101, 64105, 64199, 64198


def by_hand(root: Path, umask: int) -> Path:
    """A home as somebody makes it in a shell."""
    was = os.umask(umask)
    try:
        for name in (*PRIVATE, "status/step", "generations/r1/core", "generations/r1/quality"):
            (root / name).mkdir(parents=True)
        (root / "inbox" / "north").mkdir()
        (root / "inbox" / "north" / "first.csv").touch()
        for name in ("core/patient.parquet", "quality/freshness.parquet", "warehouse.duckdb"):
            (root / "generations" / "r1" / name).touch()
        for name in ("igwatch.duckdb", "quality.duckdb", "status/igwatch.prom", "status/run.json"):
            (root / name).touch()
    finally:
        os.umask(was)
    return root


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o027, 0o077])
def test_what_was_made_by_hand_is_closed_by_any_command(tmp_path, umask):
    home = home_at(by_hand(tmp_path / "home", umask)).prepare()
    assert {name: mode(home.root / name) for name in PRIVATE} == dict.fromkeys(PRIVATE, "700")
    assert mode(home.inbox / "north") == "700"
    assert (mode(home.root), mode(home.generations), mode(home.status)) == ("710", "710", "750")
    assert mode(home.status / "igwatch.prom") == mode(home.quality_catalogue) == "640"
    assert mode(home.status / "run.json") == mode(home.catalogue) == "600"
    assert mode(home.status / "step") == "700"


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_a_generation_that_was_copied_is_closed_but_for_quality(tmp_path, umask):
    home = home_at(by_hand(tmp_path / "home", umask)).prepare()
    run = home.generations / "r1"
    assert (mode(run), mode(run / "core"), mode(run / "quality")) == ("710", "700", "750")
    assert mode(run / "warehouse.duckdb") == "600"


def test_what_a_publication_closed_is_not_opened(tmp_path):
    home = home_at(by_hand(tmp_path / "home", 0o077)).prepare()
    (home.generations / "r1").chmod(0o700)
    (home.generations / "r1" / "quality").chmod(0o700)
    home.prepare()
    assert mode(home.generations / "r1") == mode(home.generations / "r1" / "quality") == "700"


def test_a_group_that_delivers_goes_on_and_lists_nothing(tmp_path):
    home = home_at(by_hand(tmp_path / "home", 0o022))
    os.chown(home.inbox / "north", -1, SENDERS)
    (home.inbox / "north").chmod(0o2775)
    home.inbox.chmod(0o710)
    home.prepare()
    assert mode(home.inbox / "north") == "2730", "writes and searches, in its group"
    assert mode(home.inbox) == "710", "its way there"


def test_an_inbox_of_another_owner_stays_theirs_and_is_closed_to_the_homes_group(tmp_path):
    home = home_at(by_hand(tmp_path / "home", 0o022))
    os.chown(home.inbox / "north", SENDER, -1)
    home.inbox.chmod(0o711)
    home.prepare()
    assert (mode(home.inbox), mode(home.inbox / "north")) == ("710", "700")
    assert (home.inbox / "north").stat().st_uid == SENDER


def test_an_inbox_into_which_nobody_else_delivers_lets_nobody_through(tmp_path):
    home = home_at(by_hand(tmp_path / "home", 0o002))
    assert mode(home.inbox) == "775"
    assert mode(home.prepare().inbox) == "700"


def test_what_is_open_is_told_before_it_is_closed(tmp_path):
    home = home_at(by_hand(tmp_path / "home", 0o022))
    told = {path.relative_to(home.root): (has, to) for path, has, to in open_paths(home.root)}
    assert told[Path("raw")] == (0o755, 0o700)
    home.prepare()
    assert list(open_paths(home.root)) == []


def test_modes_that_cannot_be_set_are_told_and_stop_nothing(tmp_path):
    home = home_at(by_hand(tmp_path / "home", 0o022))
    for folder in (tmp_path, *tmp_path.parents):  # another user's way to the home
        folder.chmod(folder.stat().st_mode | 0o011)
    assert home.root in as_user((SENDER, SENDER), close_home, home.root)


def test_an_archive_that_its_owner_closed_to_writing_stays_so(tmp_path):
    home = home_at(by_hand(tmp_path / "home", 0o022))
    home.archive.chmod(0o555)
    assert mode(home.prepare().archive) == "500"
