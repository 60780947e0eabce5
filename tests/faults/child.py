"""`igwatch` in a process of its own that can be made to die, and nothing of it outlives it.

The process is forked from one that has imported what a night imports, so that hundreds of nights are
quick; it leads a group of its own, and what kills it kills the group, as a power cut would.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from pathlib import Path
from tempfile import mkdtemp

import psutil

PRELOADED = ["igwatch.command", "igwatch.command.run", "expectations.engine", "great_expectations"]
DISK_CALLS = ("replace", "rename", "symlink", "link", "fsync", "mkdir", "chmod", "unlink", "rmdir")
ENVIRONMENT = {
    "IGWATCH_SETTLE_SECONDS": "0",
    "IGWATCH_MEMORY_LIMIT": "1GB",
    "IGWATCH_THREADS": "1",
    "IGWATCH_PROCESSES": "1",
    "IGWATCH_PROVE": "false",  # canaries have their own tests, and take as long as the night
    "COLUMNS": "200",
}
TIMEOUT_S = 300


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (negative: the signal), what it said, how long it took,
    and how many calls it made that change the disk."""

    code: int
    said: str
    seconds: float
    n_disk_calls: int


def forks() -> BaseContext:
    """Where commands are forked from; one server for all of them."""
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def igwatch(
    home: Path,
    *words: str,
    die_at_call: int | None = None,
    signal_after_s: float | None = None,
    sent: signal.Signals = signal.SIGKILL,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run a command on `home`; at its n-th call that changes the disk, or after so many seconds,
    its whole group is sent a signal."""
    beside = Path(mkdtemp())  # the home's own disk may be full
    log, counted = beside / "said", beside / "calls"
    counted.write_text("0", encoding="ascii")
    given = {**ENVIRONMENT, "IGWATCH_HOME": str(home), **(environment or {})}
    process = forks().Process(
        target=_command, args=(words, given, str(log), str(counted), die_at_call)
    )
    began = time.monotonic()
    process.start()
    if signal_after_s is not None:
        process.join(signal_after_s)
        if process.is_alive():
            _signal_group(process.pid, sent)
    process.join(TIMEOUT_S)
    assert not process.is_alive(), f"igwatch {' '.join(words)} hangs"
    seconds = time.monotonic() - began
    said = log.read_text(encoding="utf-8", errors="replace")
    n_calls = int(counted.read_text(encoding="ascii"))
    shutil.rmtree(beside)
    return Ended(process.exitcode, said, seconds, n_calls)


def _signal_group(pid: int, sent: signal.Signals) -> None:
    """The group of the command; of one that has only begun, its process alone."""
    group = pid if os.getpgid(pid) == pid else None
    for number in [p.pid for p in psutil.process_iter() if group and _group(p.pid) == group] or [
        pid
    ]:
        os.kill(number, sent)


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _command(
    words: Sequence[str], given: Mapping[str, str], log: str, counted: str, die_at: int | None
) -> None:
    os.setsid()
    os.environ.update(given)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.argv = ["igwatch", *words]
    _count_disk_calls(Path(counted), die_at)
    from igwatch.command import main

    main()


def _count_disk_calls(counted: Path, die_at: int | None) -> None:
    n_calls = 0

    def counting(call):
        def called(*arguments, **named):
            nonlocal n_calls
            n_calls += 1
            if n_calls == die_at:
                os.killpg(0, signal.SIGKILL)
            if die_at is None:
                descriptor = os.open(counted, os.O_WRONLY)
                os.write(descriptor, str(n_calls).encode())
                os.close(descriptor)
            return call(*arguments, **named)

        return called

    for name in DISK_CALLS:
        setattr(os, name, counting(getattr(os, name)))
