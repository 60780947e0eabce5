"""Nights that are killed: the whole group of processes, by SIGKILL, before a call that changes the
disk or at any moment. The next night ends as if nothing had been. KILLS says how many (200)."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.child import igwatch
from tests.faults.homes import files_below, readable, run_again, state

pytestmark = pytest.mark.heavy
N_KILLS = int(os.environ.get("KILLS", "200"))
N_AT_CALLS = N_KILLS * 3 // 5
DRAWN = random.Random(20261130)
MOMENTS = [DRAWN.random() for _ in range(N_KILLS - N_AT_CALLS)]


def all_is_well_afterwards(region, undisturbed, home) -> None:
    readable(home, nights=len(region.nights) - 1)
    run_again(home, region.last)
    assert readable(home, nights=len(region.nights)) == undisturbed.state["run"]
    assert state(home) == undisturbed.state
    assert set(files_below(home.root)) == undisturbed.files


@pytest.mark.parametrize("nth", range(N_AT_CALLS))
def test_killed_before_a_call_that_changes_the_disk(region, undisturbed, tmp_path, tried, nth):
    tried("killed before a disk call (`kill -9` of the group)")
    home = region.home(tmp_path / "home")
    call = 1 + undisturbed.ended.n_disk_calls * nth // N_AT_CALLS
    ended = igwatch(home.root, "run", "--as-of", region.last, die_at_call=call)
    assert ended.code == -9, ended.said
    all_is_well_afterwards(region, undisturbed, home)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda share: f"{share:.3f}")
def test_killed_at_any_moment(region, undisturbed, tmp_path, tried, moment):
    tried("killed at a random moment (`kill -9` of the group)")
    home = region.home(tmp_path / "home")
    after = undisturbed.ended.seconds * moment
    ended = igwatch(home.root, "run", "--as-of", region.last, signal_after_s=after)
    assert ended.code in (-9, 0), ended.said
    all_is_well_afterwards(region, undisturbed, home)
