"""Thirty nights in a row through Airflow, with what goes wrong in a hospital, against thirty calm
nights by `igwatch run`: the same tables in the end. `make test-nights`; NIGHTS says how many."""

import os
import shutil
import time
from pathlib import Path

import pytest

from igwatch.site.settings import Settings
from samples.simulate import LAST_NIGHT, nights_until, simulate
from tests.dags.flight import flight
from tests.home import contents, new_home, whole_night

pytestmark = pytest.mark.heavy
N_NIGHTS = int(os.environ.get("NIGHTS", "30"))
# of thirty nights the fourth, the fourteenth, …
BROKEN, KILLED, TWICE, SILENT = (-(-N_NIGHTS * nth // 30) for nth in (4, 14, 19, 24))


@pytest.fixture(scope="module")
def region(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("region") / "made"
    simulate(folder, 120, N_NIGHTS, 11, 0.02)
    # somebody sends something every night: what this night would have brought never comes
    shutil.rmtree(nights_of(folder)[SILENT])
    return folder


def nights_of(region: Path) -> list[Path]:
    """One folder a night; a night on which nobody sent anything has none on disk."""
    return [region / f"night-{night}" for night in nights_until(LAST_NIGHT, N_NIGHTS)]


def date_of(folder: Path) -> str:
    return folder.name.removeprefix("night-")


def deliver(home, folder: Path) -> None:
    for path in (path for path in folder.rglob("*") if path.is_file()):
        facility, *rest = path.relative_to(folder).parts
        target = home.inbox / facility / folder.name / Path(*rest)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def flown_once(home, date: str) -> str | None:
    with flight(home, date) as nights:
        return nights.night()


def killed_in_the_middle(home, date: str) -> None:
    """The process is gone while the night is being built; Airflow's database is a new one then."""
    with flight(home, date) as nights:
        nights.begin()
        until = time.monotonic() + 120
        while not any(home.work.glob("*/build.duckdb")) and time.monotonic() < until:
            time.sleep(0.02)
        nights.process.kill()
    assert any(home.work.glob("*/build.duckdb"))
    os.utime(home.root / ".night", (0, 0))  # ten minutes without a sign of life


def stormy(home, number: int, date: str, is_silent: bool) -> None:
    """What happens before this night at last goes well."""
    some = sorted(path for path in home.inbox.iterdir() if path.is_dir())[0]
    if number == BROKEN:
        record = sorted((home.ledger / "publication").glob("*.parquet"))[1]
        before = contents(home)
        shutil.move(record, home.root / "lost")
        assert flown_once(home, date) == "failed"
        assert contents(home) == before
        shutil.move(home.root / "lost", record)
    elif number == KILLED:
        before = contents(home)
        killed_in_the_middle(home, date)
        assert contents(home) == before
    elif number == TWICE:
        assert flown_once(home, date) == "success"
    elif is_silent:
        shutil.move(some, home.root / "unmounted")
        assert flown_once(home, date) == "failed"
        assert f"the inbox of {some.name} has vanished" in (home.root / "alarm.txt").read_text()
        shutil.move(home.root / "unmounted", some)


def test_thirty_stormy_nights_end_where_thirty_calm_ones_do(region, tmp_path):
    stormed, calm = new_home(tmp_path / "stormed"), new_home(tmp_path / "calm")
    for home in (stormed, calm):
        shutil.copytree(region / "facility", home.facility, dirs_exist_ok=True)
    folders = nights_of(region)
    assert len(folders) == N_NIGHTS
    silent = {number for number, folder in enumerate(folders) if not folder.exists()}
    assert SILENT in silent, "a share that is not mounted is to meet a night without files"
    rough = {BROKEN, KILLED, TWICE, *silent}
    start = 0
    while start < N_NIGHTS:
        stop = next((n for n in range(start + 1, N_NIGHTS) if n in rough), N_NIGHTS)
        if start in rough:
            # the last delivery lies in the inbox already when the storm comes
            deliver(stormed, folders[start])
            stormy(stormed, start, date_of(folders[start]), start in silent)
        with flight(stormed, *(date_of(folder) for folder in folders[start:stop])) as nights:
            for folder in folders[start:stop]:
                deliver(stormed, folder)
                assert nights.night() == "success", folder.name
        start = stop
    for folder in folders:
        deliver(calm, folder)
        whole_night(calm, date_of(folder))
    assert contents(stormed) == contents(calm)
    assert len(list(stormed.generations.iterdir())) <= Settings().keep_generations + 1
    assert oct(os.stat(stormed.work).st_mode & 0o777) == "0o700"
