"""A home that is gone, brought back at another place: from the backup of the runbook, and from the
archive, the facility files and the ledger alone. The next night gives the same tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from igwatch.site.home import Home, home_at
from tests.faults.child import igwatch
from tests.faults.homes import readable, run_again, state

pytestmark = pytest.mark.heavy
BACKED_UP = [
    ("archive", "raw", "ledger", "facility"),
    ("archive", "ledger", "facility"),
]


def restored(region, undisturbed, folder: Path, kept: tuple[str, ...]) -> Home:
    """What was backed up of the home in which the last night was published, in an empty home.
    Inboxes are there again, empty."""
    lost = home_at(region.after)
    home = home_at(folder / "elsewhere" / "home").prepare()
    for name in kept:
        shutil.copytree(lost.root / name, home.root / name, dirs_exist_ok=True, symlinks=True)
    for inbox in lost.inbox.iterdir():
        (home.inbox / inbox.name).mkdir()
    return home


@pytest.mark.parametrize("kept", BACKED_UP, ids=["as the runbook says", "without raw"])
def test_a_home_that_was_lost_is_restored(region, undisturbed, tmp_path, tried, kept):
    tried("home lost, restored to another path from its backup, or without raw")
    home = restored(region, undisturbed, tmp_path, kept)
    run_again(home, region.last)
    assert readable(home, nights=len(region.nights)) == undisturbed.state["run"]
    after = state(home)
    for what in ("run", "tables", "ledger", "archive"):
        assert after[what] == undisturbed.state[what], what
    checked = igwatch(home.root, "verify")
    assert checked.code == 0, checked.said
