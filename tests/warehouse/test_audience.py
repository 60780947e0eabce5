"""Who can open what: a dashboard of igwatch's group reads the quality tables and nothing else.

Needs root, to be two other users by turns.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from pathlib import Path

import duckdb
import pytest

from igwatch.site.home import home_at
from tests.warehouse.drawn import few, published
from warehouse.catalogue import write_catalogues

OWNER, DASHBOARD, STRANGER = (64101, 64199), (64102, 64199), (64103, 64103)
QUALITY = "SELECT count(*) FROM quality.freshness"
CLINIC = "SELECT count(*) FROM core.measurement"


@pytest.fixture(scope="module")
def home():
    """A published home of OWNER, where others may pass to it."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o711)
    home = home_at(folder / "home").prepare()
    published(home.root, "r1")
    write_catalogues(home.root, few(home.root))
    for path in [home.root, *home.root.rglob("*")]:
        os.chown(path, *OWNER, follow_symlinks=False)
    yield home.root
    shutil.rmtree(folder)


def as_user(user: tuple[int, int], path: Path, query: str) -> str:
    """What this user is told: `answers`, or the kind of refusal."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_ask, args=(theirs, user, str(path), query))
    process.start()
    process.join(timeout=60)
    return ours.recv()


def _ask(answer, user: tuple[int, int], path: str, query: str) -> None:
    uid, gid = user
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    os.chdir("/")
    try:
        with duckdb.connect(path, read_only=True) as con:
            con.execute(query).fetchall()
        answer.send("answers")
    except duckdb.IOException:
        answer.send("refused")


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("user", "quality", "clinic", "copy"),
    [
        (OWNER, "answers", "answers", "answers"),
        (DASHBOARD, "answers", "refused", "refused"),
        (STRANGER, "refused", "refused", "refused"),
    ],
    ids=["owner", "dashboard", "stranger"],
)
def test_each_reader_reaches_what_is_for_it(home, user, quality, clinic, copy):
    assert os.geteuid() == 0, "run as root: the test is other users by turns"
    assert as_user(user, home / "quality.duckdb", QUALITY) == quality
    assert as_user(user, home / "live" / "warehouse_quality.duckdb", QUALITY) == quality
    assert as_user(user, home / "igwatch.duckdb", CLINIC) == clinic
    assert as_user(user, home / "live" / "warehouse.duckdb", CLINIC) == copy


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["archive", "raw", "ledger", "reports", "facility", "work"])
def test_a_dashboard_cannot_look_into_the_rest(home, name):
    assert (home / name).stat().st_mode & 0o077 == 0
