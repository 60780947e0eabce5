"""As the dashboards' user, who shares only the group: nothing but quality can be listed or read.

Needs root, to be another user.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from igwatch.base.atomic_file import STEP_OF_SIZE
from igwatch.site.home import home_at
from tests.home import RESULTS_HEADER, deliver
from tests.igwatch.nights import quick_night
from tests.igwatch.site.test_home_mode import by_hand
from tests.other_user import as_user

pytestmark = pytest.mark.heavy

# who signed the rules; row counts by table, of which the number of digits can be told
TOLD_BY_SIZE = ("README.txt", "manifest.json")
HEADER_OF_DUCKDB, BLOCK_OF_DUCKDB = 3 * 4096, 256 << 10
OWNER, DASHBOARD = (64101, 64199), (64102, 64199)
RESULT = "P7391846,N,1989-01-05,F,,,serum,2024-01-10,2024-01-10,2472-9,LN,IgM,0.2,g/L,,,F,,"


@pytest.fixture(scope="module")
def root():
    """A home that somebody made by hand under umask 000, and a night in it."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o711)
    root = by_hand(folder / "home", 0o000)
    shutil.rmtree(root / "generations")
    for made in ("igwatch.duckdb", "quality.duckdb"):
        (root / made).unlink()
    home = home_at(root)
    deliver(home, "north", "first.csv", f"{RESULTS_HEADER}\n{RESULT}\n")
    quick_night(home.prepare(), "2024-01-20")
    deliver(home, "north", "later.csv", f"{RESULTS_HEADER}\n")
    (home.reports / "latest-north.html").touch(mode=0o666)
    for path in [root, *root.rglob("*")]:
        os.chown(path, *OWNER, follow_symlinks=False)
    yield root
    shutil.rmtree(folder)


def everything(root: Path) -> list[Path]:
    return sorted([root, *root.rglob("*"), *(root / "live").rglob("*")])


def reached(paths: list[Path]) -> tuple[list[str], list[str]]:
    """What can be listed, and what can be read."""
    listed, read = [], []
    for path in paths:
        try:
            os.listdir(path) if os.path.isdir(path) else path.read_bytes()
        except OSError:
            continue
        (listed if os.path.isdir(path) else read).append(str(path))
    return listed, read


def asked_of_quality(root: Path, paths: list[str]) -> list[str]:
    """What quality.duckdb's own connection gives: any file's bytes, names in a folder, databases."""
    found = []
    with duckdb.connect(str(root / "quality.duckdb"), read_only=True) as con:
        con.execute("FROM freshness").fetchall()
        for path in paths:
            if os.path.isdir(path):
                found += [path] if answer(con, f"FROM glob('{path}/*')") else []
            elif answer(con, f"SELECT content FROM read_blob('{path}')"):  # none: not to be opened
                found.append(path)
            elif answer(con, f"ATTACH '{path}' AS other (READ_ONLY)") is not None:
                con.execute("DETACH other")
                found.append(path)
    return found


def answer(con: duckdb.DuckDBPyConnection, query: str) -> list | None:
    try:
        return con.execute(query).fetchall()
    except duckdb.Error:
        return None


def is_open(root: Path, path: str) -> bool:
    """Whether it is what a group is meant to have."""
    place = Path(path).resolve().relative_to(root.resolve()).parts
    if place[0] == "generations":
        return place[2:3] in (("quality",), ("warehouse_quality.duckdb",))
    return place in (("quality.duckdb",), ("status",), ("status", "igwatch.prom"))


def test_by_shell_nothing_but_quality_and_the_prometheus_file_is_reached(root):
    listed, read = as_user(DASHBOARD, reached, everything(root))
    assert [path for path in (*listed, *read) if not is_open(root, path)] == []
    assert str(root / "status" / "igwatch.prom") in read
    assert str(root / "quality.duckdb") in read
    assert any(path.endswith("quality/freshness.parquet") for path in read)
    assert str(root) not in listed


def test_by_the_connection_of_quality_nothing_else_is_reached(root):
    paths = [str(path) for path in everything(root) if not path.is_symlink()]
    found = as_user(DASHBOARD, asked_of_quality, root, paths)
    assert [path for path in found if not is_open(root, path)] == []
    assert any(path.endswith("freshness.parquet") for path in found)


def sizes(paths: list[Path]) -> dict[str, int]:
    """How large each file is of which that can be asked, whether or not it can be read."""
    found = {}
    for path in paths:
        with suppress(OSError):
            if stat.S_ISREG((seen := path.lstat()).st_mode):
                found[str(path)] = seen.st_size
    return found


def test_the_size_of_a_closed_file_tells_of_nobody(root):
    """It comes in large steps: of a database's blocks, or blanks at the end."""
    told = {
        p: n for p, n in as_user(DASHBOARD, sizes, everything(root)).items() if not is_open(root, p)
    }
    assert {Path(p).name for p in told} >= {"run.json", "warehouse.duckdb"}
    assert {
        (Path(p).name, n)
        for p, n in told.items()
        if n % STEP_OF_SIZE
        and (n - HEADER_OF_DUCKDB) % BLOCK_OF_DUCKDB
        and Path(p).name not in TOLD_BY_SIZE
    } == set()


def test_the_owner_reaches_all_of_it(root):
    listed, read = as_user(OWNER, reached, everything(root))
    assert len(listed) + len(read) == len(everything(root))
