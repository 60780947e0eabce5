"""One night at a time in a home, whoever starts it and however the one before ended."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from igwatch.site import home_lock
from igwatch.site.home_lock import HomeBusyError, hold_home, release_home
from tests.home import deliver, new_home

ROOT = Path(__file__).resolve().parents[3]
HOLD = """
import sys, time
from pathlib import Path
from igwatch.site.home import home_at
from igwatch.site.home_lock import HomeBusyError, hold_home
home = home_at(Path(sys.argv[1]))
try:
    with hold_home(home):
        print("holds", flush=True)
        time.sleep(float(sys.argv[2]))
except HomeBusyError as busy:
    print("busy", flush=True)
"""


@pytest.fixture
def home(tmp_path):
    return new_home(tmp_path)


def holder(home, seconds: float) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root), str(seconds)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def test_a_second_night_is_told_who_holds_the_home_and_what_to_do(home):
    busy = pytest.raises(HomeBusyError, match=rf"process {os.getpid()}.*wait for it.*rm ")
    with hold_home(home), busy, hold_home(home):
        pass
    with hold_home(home):
        pass


def test_of_two_nights_begun_at_once_one_is_refused(home):
    both = [holder(home, 5), holder(home, 5)]
    try:
        assert sorted(process.stdout.readline() for process in both) == ["busy\n", "holds\n"]
    finally:
        for process in both:
            process.kill()
            process.wait()


def test_a_night_whose_process_was_killed_leaves_the_home_free(home):
    process = holder(home, 60)
    assert process.stdout.readline() == "holds\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    with hold_home(home):
        pass


def test_a_lock_of_another_machine_is_free_only_when_it_was_not_heard_of_for_long(home):
    with hold_home(home, owner="elsewhere", keep=True):
        pass
    path = home.root / ".night"
    with pytest.raises(HomeBusyError, match="elsewhere"), hold_home(home):
        pass
    silent = time.time() - home_lock.STALE_SECONDS - 1
    os.utime(path, (silent, silent))
    with hold_home(home):
        assert "elsewhere" not in path.read_text()
    assert not path.exists()


def test_a_holder_is_heard(home, monkeypatch):
    monkeypatch.setattr(home_lock, "BEAT_SECONDS", 0.05)
    with hold_home(home):
        path = home.root / ".night"
        os.utime(path, (0, 0))
        time.sleep(0.3)
        assert path.stat().st_mtime > 0


def test_one_who_was_taken_over_does_not_end_well(home):
    path = home.root / ".night"
    with pytest.raises(HomeBusyError, match="taken over"), hold_home(home):
        _taken_by_another(home)
    assert "other" in path.read_text()


def _taken_by_another(home):
    (home.root / ".night").unlink()
    with hold_home(home, owner="other", keep=True):
        pass


def test_a_named_owner_keeps_the_home_from_step_to_step(home):
    for _ in range(2):
        with hold_home(home, owner="igwatch_nightly", keep=True):
            pass
        with pytest.raises(HomeBusyError, match="igwatch_nightly"), hold_home(home):
            pass
    release_home(home, "somebody else")
    with hold_home(home, owner="igwatch_nightly"):
        pass
    with hold_home(home, owner="igwatch_nightly", keep=True):
        pass
    release_home(home, "igwatch_nightly")
    with hold_home(home):
        pass


def test_of_many_that_find_a_stale_lock_one_takes_it(home):
    with hold_home(home, owner="gone", keep=True):
        pass
    os.utime(home.root / ".night", (0, 0))
    many = [holder(home, 5) for _ in range(4)]
    try:
        assert sorted(p.stdout.readline() for p in many) == ["busy\n"] * 3 + ["holds\n"]
    finally:
        for process in many:
            process.kill()
            process.wait()


KILLED_WHILE_TAKING = """
import os, sys
from pathlib import Path
from igwatch.site import home_lock
from igwatch.site.home import home_at

def killed(*_):
    os._exit(9)

home = home_at(Path(sys.argv[1]))
if sys.argv[2] == "before":
    os.replace = killed
else:
    replace = os.replace
    os.replace = lambda *names: killed(replace(*names))
home_lock.hold_home(home).__enter__()
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_one_killed_while_taking_a_stale_lock_over_stops_nobody(home, when):
    with hold_home(home, owner="gone", keep=True):
        pass
    os.utime(home.root / ".night", (0, 0))
    killed = [sys.executable, "-c", KILLED_WHILE_TAKING, str(home.root), when]
    assert subprocess.run(killed, cwd=ROOT, timeout=60, check=False).returncode == 9
    for _ in range(2):
        with hold_home(home):
            pass
    assert not (home.root / ".night").exists()


def test_a_taker_of_an_older_igwatch_that_was_killed_stops_nobody(home):
    """It left `.night.taking` as a link to what it would have put in the place of the lock."""
    with hold_home(home, owner="gone", keep=True):
        pass
    os.utime(home.root / ".night", (0, 0))
    os.link(home.root / ".night", home.root / ".night.taking")
    with hold_home(home):
        pass


def test_what_a_killed_taker_left_is_swept(home):
    left = home.root / ".night-0123456789abcdef"
    left.touch()
    with hold_home(home):
        assert left.exists(), "it may be about to take the home"
    os.utime(left, (0, 0))
    with hold_home(home):
        assert not left.exists()


def test_igwatch_run_beside_another_says_so_in_one_line(home):
    deliver(home, "north", "a.csv", "patient_id,collected_at,code,value\nA,2024-01-01,2472-9,1\n")
    with hold_home(home):
        done = subprocess.run(
            [sys.executable, "-m", "igwatch", "run", "--home", str(home.root)],
            capture_output=True, text=True, cwd=ROOT, timeout=120,
        )  # fmt: skip
    assert done.returncode == 1
    assert "holds this home since" in done.stderr.splitlines()[-1]
    assert not any(home.generations.iterdir())
