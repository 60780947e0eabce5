"""A disk that is full, wherever the night has come to: said in one line, and mended by space alone."""

from __future__ import annotations

import pytest

from tests.faults.child import igwatch
from tests.faults.homes import files_below, readable, run_again, state
from tests.small_disk import leave, small_disk

pytestmark = pytest.mark.heavy
KIB, MIB = 1 << 10, 1 << 20
PLENTY = 2 << 30
# from the first file that is landed to the last report that is written
FREE = [40 * KIB, 200 * KIB, 700 * KIB, 2 * MIB, 4 * MIB, 6 * MIB, 9 * MIB, 11 * MIB, 13 * MIB]
STEPS = ["land", "build", "publish", "report"]


@pytest.mark.parametrize("free", FREE, ids=lambda n: f"{n >> 10}KiB")
def test_a_night_on_a_disk_that_fills_up(region, undisturbed, tmp_path, tried, free):
    tried("disk full somewhere in the night (a small tmpfs)")
    with small_disk(tmp_path / "disk") as disk:
        home = region.home(disk / "home")
        leave(disk, free)
        ended = igwatch(home.root, "run", "--as-of", region.last)
        if ended.code != 0:
            assert said_of_a_full_disk(ended.said)
        readable(home, nights=len(region.nights) - 1)
        leave(disk, PLENTY)
        run_again(home, region.last)
        assert readable(home, nights=len(region.nights)) == undisturbed.state["run"]
        assert state(home) == undisturbed.state
        assert set(files_below(home.root)) == undisturbed.files


@pytest.mark.parametrize("step", STEPS)
def test_a_step_on_a_full_disk(region, undisturbed, tmp_path, tried, step):
    tried("disk full in landing, build, publication, report")
    with small_disk(tmp_path / "disk") as disk:
        home = region.home(disk / "home")
        for name in ["land", "build", "check", "publish", "report"]:
            if name == step:
                leave(disk, 100 * KIB)
                ended = igwatch(home.root, name, *clock(region, name))
                assert ended.code == 1
                assert said_of_a_full_disk(ended.said)
                leave(disk, PLENTY)
            ended = igwatch(home.root, name, *clock(region, name))
            assert ended.code == 0, ended.said
        run_again(home, region.last)
        assert state(home) == undisturbed.state
        assert set(files_below(home.root)) == undisturbed.files


def clock(region, name: str) -> list[str]:
    return ["--as-of", region.last] if name == "build" else []


def said_of_a_full_disk(said: str) -> bool:
    """The last line names the disk and the mend, and nothing else than steps came before it."""
    last = said.strip().splitlines()[-1]
    return "Traceback" not in said and last.startswith("igwatch: the disk") and "full" in last
