"""A damaged or forbidden file of the home is one line with file and mend, never a traceback."""

import os
import stat

import duckdb
import pytest

from igwatch.night.pipeline import land
from igwatch.site.home_lock import hold_home
from tests.home import SETTINGS, ask, deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.nights import quick_night
from tests.ordinary_user import ordinary_user
from transforms.parse.raw.transaction import read_lock

pytestmark = pytest.mark.heavy

DAY = "2024-01-20"


def one_line(done) -> str:
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    *steps, line = done.stderr.strip().splitlines()
    assert len(steps) <= 1, "run says that it lands"
    return line


@pytest.fixture
def home(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    land(home, SETTINGS)
    return home


def damage(path, kind):
    whole = path.read_bytes()
    path.write_bytes({"empty": b"", "cut": whole[:-40], "garbage": b"x" * 400}[kind])


@pytest.mark.parametrize("kind", ["empty", "cut", "garbage"])
@pytest.mark.parametrize("table", ["observation", "source_file"])
def test_damaged_raw_is_told_and_read_anew_from_the_archive(home, caplog, table, kind):
    (rows,) = home.raw.glob(f"{table}/north/*.parquet")
    damage(rows, kind)
    for path in (home.inbox / "north").iterdir():
        path.unlink()  # the archive alone is enough
    with hold_home(home), caplog.at_level("WARNING", "igwatch"):
        land(home, SETTINGS)
    assert "raw of north is damaged" in caplog.text
    assert "raw had lost 1 file of north: read again from the archive" in caplog.text
    assert len(duckdb.read_parquet(str(rows)).fetchall()) == {"observation": 3}.get(table, 1)


def test_damage_met_by_a_question_is_one_line(home):
    quick_night(home, DAY)
    (rows,) = home.raw.glob("observation/north/*.parquet")
    damage(rows, "cut")
    line = one_line(command(home, "explain", "ann", "--as-of", DAY))
    assert rows.relative_to(home.root).as_posix() in line
    assert "cannot be read: it is damaged or empty; igwatch run reads" in line


def test_an_error_that_is_no_damage_is_left_alone(home):
    with pytest.raises(duckdb.CatalogException), read_lock(home.root), duckdb.connect() as con:
        con.execute("FROM nowhere")


def test_a_damaged_catalogue_is_named_and_written_anew(home):
    quick_night(home, DAY)
    home.catalogue.write_bytes(b"x" * 5000)
    line = one_line(command(home, "explain", "ann"))
    assert str(home.catalogue) in line
    assert "igwatch catalogue writes" in line
    assert command(home, "catalogue").returncode == 0
    assert ask(home, "SELECT count(*) FROM core.measurement") == [(3,)]


@pytest.mark.parametrize("words", [("run", "--as-of", DAY), ("land",), ("build", "--as-of", DAY)])
def test_a_read_only_home_is_one_line(home, words):
    folders = [home.root, *(path for path in home.root.rglob("*") if path.is_dir())]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in folders}
    deliver(home, "north", "b.csv", results(panel("2024-01-11", "0.21")))
    for path in folders:
        path.chmod(0o500)
    try:
        with ordinary_user():
            os.umask(0o077)
            line = one_line(command(home, *words))
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert str(home.root) in line
    assert "permission denied; mount the home read-write" in line


def test_a_lock_of_another_user_is_one_line(home):
    lock = home.root / ".night"
    lock.write_text("{}")
    lock.chmod(0)
    with ordinary_user():
        line = one_line(command(home, "build", "--as-of", DAY))
    assert str(lock) in line
