"""Killed at any step while it lands many small files, a process loses and doubles nothing."""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from tests.transforms.parse.raw.test_compaction import DYING, dying_at, in_a_child
from tests.transforms.parse.test_land_many import NORTH, deliver, messages, raw
from transforms.parse.land_many import land_many
from transforms.parse.raw.transaction import read_lock


def inbox(home: Path, n: int) -> list[Path]:
    (home / "inbox" / "north").mkdir(parents=True, exist_ok=True)
    paths = deliver(home, messages(n))
    for path in paths:
        os.utime(path, (1_700_000_000,) * 2)
    return paths


def rows(home: Path) -> str:
    with read_lock(home):
        return json.dumps(raw(home), default=str)


def storm(folder: Path) -> None:
    """Kill the landing before each of its steps in turn; then more has come, and all are landed."""
    undisturbed = folder / "undisturbed.json"

    def calm():
        home = folder / "calm"
        land_many(inbox(home, 20), home, NORTH)
        undisturbed.write_text(rows(home))

    assert in_a_child(calm) == 0
    for nth in count(1):
        home = folder / str(nth)

        def killed(home=home, nth=nth):
            paths = inbox(home, 18)
            dying_at(nth, lambda: land_many(paths, home, NORTH))

        def land_on(home=home):
            land_many(inbox(home, 20), home, NORTH)
            assert rows(home) == undisturbed.read_text()
            assert len(list((home / "archive").glob("*/[!.]*"))) == 20

        code = in_a_child(killed)
        assert in_a_child(land_on) == 0, f"after a death before step {nth}"
        if code == 0:
            print(nth)
            return
        assert code == DYING


@pytest.mark.heavy
def test_killed_at_any_step_no_row_is_lost_or_doubled(tmp_path):
    command = (
        "import sys; from pathlib import Path;"
        "from tests.transforms.parse.test_land_many_killed import storm; storm(Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > 20
