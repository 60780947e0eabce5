"""A clock that jumps: a night that began on a machine three days ahead, or behind, and was killed.

The clock is moved by libfaketime (apt-get install faketime), for Python, DuckDB and Arrow alike.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.child import ENVIRONMENT
from tests.faults.homes import readable, run_again, state

pytestmark = pytest.mark.heavy
ROOT = Path(__file__).resolve().parents[2]


def moved_night(home: Path, night: str, shift: str, seconds: float | None = None) -> int:
    """A night whose machine's clock is wrong by `shift`; killed after so many seconds, if any."""
    [library] = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    given = {"LD_PRELOAD": str(library), "FAKETIME": shift, "IGWATCH_HOME": str(home)}
    command = [sys.executable, "-m", "igwatch", "run", "--as-of", night]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **ENVIRONMENT, **given}, stderr=subprocess.PIPE
    )
    try:
        return process.wait(seconds) if seconds else process.wait(300)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return -9


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("shift", ["+3d", "-3d"])
def test_killed_under_another_clock(region, undisturbed, tmp_path, tried, shift, share):
    tried("a clock three days ahead or behind, killed")
    home = region.home(tmp_path / "home")
    moved_night(home.root, region.last, shift, undisturbed.ended.seconds * share)
    readable(home, nights=len(region.nights) - 1)
    run_again(home, region.last)
    assert readable(home, nights=len(region.nights)) == undisturbed.state["run"]
    assert state(home) == undisturbed.state


@pytest.mark.parametrize(("first", "second"), [("+3d", "-3d"), ("-3d", "+3d")])
def test_a_clock_that_jumps_both_ways(region, undisturbed, tmp_path, tried, first, second):
    tried("a clock that jumps both ways between two nights")
    home = region.home(tmp_path / "home")
    for shift in (first, second):
        assert moved_night(home.root, region.last, shift) == 0
    run_again(home, region.last)
    assert readable(home, nights=len(region.nights)) == undisturbed.state["run"]
    assert state(home) == undisturbed.state
