"""Ctrl-C and SIGTERM in the middle of a night, and two nights at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest

from tests.faults.child import ENVIRONMENT, igwatch
from tests.faults.homes import files_below, readable, run_again, state

pytestmark = pytest.mark.heavy
SHARES = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95]
ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_stopped_by_a_signal(region, undisturbed, tmp_path, tried, sent, share):
    tried("Ctrl-C or SIGTERM in each step")
    home = region.home(tmp_path / "home")
    after = undisturbed.ended.seconds * share
    ended = igwatch(home.root, "run", "--as-of", region.last, signal_after_s=after, sent=sent)
    assert ended.code in (0, 1, 130, -sent), ended.said
    assert "Traceback" not in ended.said
    readable(home, nights=len(region.nights) - 1)
    run_again(home, region.last)
    assert state(home) == undisturbed.state
    assert set(files_below(home.root)) == undisturbed.files


def test_two_nights_at_once(region, undisturbed, tmp_path, tried):
    tried("two nights at once")
    home = region.home(tmp_path / "home")
    logs = [tmp_path / "one", tmp_path / "two"]
    for log in logs:
        log.mkdir()
        (log / "home").symlink_to(home.root)
    with ThreadPool(2) as both:
        ended = both.map(lambda log: igwatch(log / "home", "run", "--as-of", region.last), logs)
    assert sorted(e.code for e in ended) in ([0, 0], [0, 1])
    for one in ended:
        assert one.code == 0 or "holds this home" in one.said.splitlines()[-1], one.said
    assert readable(home, nights=len(region.nights)) == undisturbed.state["run"]
    assert state(home)["tables"] == undisturbed.state["tables"]


def test_a_night_of_another_user_is_one_line_and_touches_nothing(region, tmp_path, tried):
    tried("a night of another user")
    home = region.home(tmp_path / "home")
    before = state(home)
    tmp_path.chmod(0o755)
    command = [sys.executable, "-m", "igwatch", "run", "--as-of", region.last]
    given = {**os.environ, **ENVIRONMENT, "IGWATCH_HOME": str(home.root), "PYTHONPATH": str(ROOT)}
    said = subprocess.run(
        ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command],
        cwd="/", env=given, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert said.stderr.strip().splitlines()[-1].startswith("igwatch: ")
    assert state(home) == before
