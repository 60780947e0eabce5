"""A publication that dies anywhere leaves the last good generation live.

The process is really killed: a child publishes and leaves, without any clean-up, just before its
n-th call that changes the disk.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from tests.warehouse.drawn import drawn_build, few, live_run_id, published
from warehouse.catalogue import write_catalogues
from warehouse.generation import generations, live_generation
from warehouse.ledger import publications
from warehouse.publish import publish
from warehouse.settle import settle
from warehouse.verify import verify_published

ROOT = Path(__file__).resolve().parents[2]
DISK = "replace symlink fsync mkdir chmod unlink rmdir"
DIE = """
import os, sys
from pathlib import Path
from warehouse.publish import publish

names, left = sys.argv[1].split(), int(sys.argv[2])

def dying(call):
    def counted(*arguments, **named):
        global left
        left -= 1
        if left == 0:
            os._exit(9)
        return call(*arguments, **named)
    return counted

for name in names:
    setattr(os, name, dying(getattr(os, name)))
home, build, dictionary = map(Path, sys.argv[3:])
publish(build, home, "r2", dictionary, keep=1)
"""


def publish_and_die(home: Path, build: Path, calls: str, nth: int, die: str = DIE) -> bool:
    """Publish in a child that dies before the n-th of these calls; whether it died."""
    command = [sys.executable, "-c", die, calls, str(nth), str(home), str(build), str(few(home))]
    code = subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode
    assert code in (0, 9)
    return code == 9


@pytest.mark.parametrize(
    ("call", "nth", "live"),
    [
        ("fsync", 1, "r1"),
        ("replace", 1, "r1"),  # all written, not named
        ("symlink", 1, "r1"),  # named, not live
        ("replace", 2, "r1"),  # the next link is made
        ("replace", 3, "r2"),  # live, the oldest not dropped
        ("rmdir", 1, "r2"),  # the oldest half dropped
    ],
)
def test_killed_at_a_step_the_last_good_generation_is_live(tmp_path, call, nth, live):
    build = _r1_is_live(tmp_path)
    assert publish_and_die(tmp_path, build, call, nth)
    assert live_generation(tmp_path).run_id == live
    _all_is_well_and_the_night_can_be_run_again(tmp_path, build)


FULL = """
import resource, signal, sys
from pathlib import Path
from warehouse.publish import PublishError, publish

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
home, build, dictionary = map(Path, sys.argv[1:])
try:
    publish(build, home, "r2", dictionary)
except PublishError as error:
    print(error)
"""


def test_a_full_disk_is_said_and_the_last_good_generation_is_live(tmp_path):
    """No file may grow beyond 1000 bytes, as on a disk without space."""
    build = _r1_is_live(tmp_path)
    command = [sys.executable, "-c", FULL, str(tmp_path), str(build), str(few(tmp_path))]
    said = subprocess.run(command, cwd=ROOT, timeout=60, check=True, capture_output=True, text=True)
    assert said.stdout.startswith("publishing run r2 stopped (IOException)")
    assert live_generation(tmp_path).run_id == "r1"
    assert {path.name for path in (tmp_path / "generations").iterdir()} == {".lock", "r1"}
    _all_is_well_and_the_night_can_be_run_again(tmp_path, build)


RECORDED = """
from warehouse import ledger
from warehouse.ledger import confirm

def stage(generation):
    transitions = generation.parquet("flag.transition")
    ledger.stage(home, "r2", generation.as_of, transitions, "d2", "r1", [("north", "r2")])

publish(build, home, "r2", dictionary, before_live=stage)
confirm(home)
"""


@pytest.mark.heavy
def test_killed_at_every_step_the_ledger_tells_what_readers_saw(tmp_path):
    """And what they never saw is gone: no generation without a record, no record without one."""
    record = DIE.replace('publish(build, home, "r2", dictionary, keep=1)\n', RECORDED)
    lived = set()
    for nth in count(1):
        home = tmp_path / str(nth)
        build = _r1_is_live(home)
        if not publish_and_die(home, build, DISK, nth, record):
            break
        settle(home)
        lived.add(live_generation(home).run_id)
        published_as = [p.run_id for p in publications(home)]
        assert published_as == [g.run_id for g in generations(home)]
        assert published_as[-1] == live_generation(home).run_id
        assert verify_published(home) == []
        shutil.rmtree(home)
    assert lived == {"r1", "r2"}


@pytest.mark.heavy
def test_killed_at_every_step_the_last_good_generation_is_live(tmp_path):
    for nth in count(1):
        home = tmp_path / str(nth)
        build = _r1_is_live(home)
        if not publish_and_die(home, build, DISK, nth):
            break
        _all_is_well_and_the_night_can_be_run_again(home, build)
    assert nth > 40


def _r1_is_live(home: Path) -> Path:
    published(home, "r1")
    write_catalogues(home, few(home))
    return drawn_build(home / "work", "r2", dictionary=few(home))


def _all_is_well_and_the_night_can_be_run_again(home: Path, build: Path) -> None:
    live = live_generation(home)
    assert live_run_id(home) == live.run_id
    assert [f for f in verify_published(home) if f.subject != "ledger"] == []
    publish(build, home, "r2", few(home), keep=1)
    assert live_run_id(home) == "r2"
    assert [g.run_id for g in generations(home)] == ["r2"]
    assert {path.name for path in (home / "generations").iterdir()} == {".lock", "r2"}
