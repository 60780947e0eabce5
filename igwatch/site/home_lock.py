"""One night at a time in a home, also where several machines share it.

The lock is a file made by `link`, which is atomic on NFS too, and touched every few seconds by
whoever holds it. Ages are taken from the file server's own clock. A lock that nobody has touched
for STALE_SECONDS, or whose process on this machine is gone, is taken over: by one taker at a time,
who holds a flock on `.night.taking`, which ends with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from igwatch.base.error import PipelineError
from igwatch.site.home import Home

STALE_SECONDS = 600
BEAT_SECONDS = 15
_PAUSE_SECONDS = 1.0


class HomeBusyError(PipelineError):
    """Another night holds the home, or has taken it over meanwhile."""


@dataclass(frozen=True)
class Holder:
    """Who holds a home: its name, machine, process (None: it lives on between processes)."""

    owner: str
    host: str
    pid: int | None
    since: str
    token: str


@contextmanager
def hold_home(
    home: Home, owner: str | None = None, patience: float = 0.0, keep: bool = False
) -> Iterator[None]:
    """Hold the home for this block. Raises HomeBusyError, after `patience` seconds.

    A named `owner` finds its own lock open and, with `keep`, leaves it so for its next step.
    """
    me = Holder(
        owner or f"igwatch on {socket.gethostname()}",
        socket.gethostname(),
        None if owner else os.getpid(),
        datetime.now(UTC).isoformat(timespec="seconds"),
        uuid4().hex,
    )
    path = home.root / ".night"
    _take(path, me, time.monotonic() + patience)
    over = threading.Event()
    beat = threading.Thread(target=_beat, args=(path, me, over), daemon=True)
    beat.start()
    try:
        yield
        if not _is_mine(path, me):
            raise HomeBusyError(
                "the home was taken over meanwhile by another night", "run this again"
            )
    finally:
        over.set()
        beat.join()
        if not keep and _is_mine(path, me):
            path.unlink(missing_ok=True)


def release_home(home: Home, owner: str) -> None:
    """End what a named owner keeps, when there will be no next step."""
    path = home.root / ".night"
    holder = _holder(path)
    if holder is not None and holder.owner == owner:
        path.unlink(missing_ok=True)


def _take(path: Path, me: Holder, until: float) -> None:
    """Make the lock ours, by whichever of three ways is open; ask again until the time is up."""
    while True:
        mine = path.with_name(f".night-{me.token}")
        try:
            with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(asdict(me), file)
            is_new = _linked(mine, path)
            is_kept = not is_new and _reopened(path, me)
            is_taken_over = not (is_new or is_kept) and _taken_over(mine, path)
            if is_new or is_kept or is_taken_over:
                _sweep(mine)
                return
            busy = _busy(mine, path)
        finally:
            mine.unlink(missing_ok=True)
        if time.monotonic() >= until:
            raise busy
        time.sleep(_PAUSE_SECONDS)


def _sweep(mine: Path) -> None:
    """Remove the files of takers that were killed."""
    for left in mine.parent.glob(".night-*"):
        with suppress(FileNotFoundError):
            if mine.stat().st_mtime - left.stat().st_mtime > STALE_SECONDS:
                left.unlink()


def _linked(mine: Path, path: Path) -> bool:
    """Whether `path` is now this file; an answer lost on the way does not mislead."""
    with suppress(FileExistsError):
        os.link(mine, path)
    return mine.stat().st_nlink == 2


def _reopened(path: Path, me: Holder) -> bool:
    """Touch a lock that a step before kept for this owner; False where it is another's."""
    holder = _holder(path)
    if holder is None or me.pid is not None or holder.owner != me.owner:
        return False
    os.utime(path)
    return True


def _taken_over(mine: Path, path: Path) -> bool:
    """Put this file in place of a lock that nobody holds any more; one taker at a time."""
    before = _holder(path)
    if not _is_stale(mine, path, before):
        return False
    with _sole_taker(path.with_name(".night.taking")) as is_sole:
        if not is_sole or _holder(path) != before or not _is_stale(mine, path, before):
            return False
        os.replace(mine, path)
        return True


@contextmanager
def _sole_taker(guard: Path) -> Iterator[bool]:
    """Whether nobody else takes a stale lock over within this block."""
    descriptor = os.open(guard, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _is_locked(descriptor)
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_stale(mine: Path, path: Path, holder: Holder | None) -> bool:
    try:
        age = mine.stat().st_mtime - path.stat().st_mtime
    except FileNotFoundError:
        return False
    return age > STALE_SECONDS or (holder is not None and _is_gone(holder))


def _is_gone(holder: Holder) -> bool:
    """Its process ran on this machine and is there no more."""
    if holder.pid is None or holder.host != socket.gethostname():
        return False
    return not _lives(holder.pid)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _busy(mine: Path, path: Path) -> HomeBusyError:
    """Who holds the home, since when, and how it becomes free."""
    again = "run this again"
    holder = _holder(path)
    if holder is None:
        return HomeBusyError("another night has just begun or ended here", again)
    with suppress(FileNotFoundError):
        silent = max(0, round(mine.stat().st_mtime - path.stat().st_mtime))
        where = f"{holder.host}, process {holder.pid}" if holder.pid else holder.host
        return HomeBusyError(
            f"{holder.owner} ({where}) holds this home since {holder.since}, heard {silent} s ago:",
            f"wait for it; if it is gone the home is free {STALE_SECONDS} s after it was last "
            f"heard, or at once: rm {path}",
        )
    return HomeBusyError("another night has just ended here", again)


def _holder(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _is_mine(path: Path, me: Holder) -> bool:
    holder = _holder(path)
    return holder is not None and (
        holder.token == me.token or (me.pid is None and holder.owner == me.owner)
    )


def _beat(path: Path, me: Holder, over: threading.Event) -> None:
    while not over.wait(BEAT_SECONDS):
        if not _is_mine(path, me):
            return
        with suppress(FileNotFoundError):
            os.utime(path)
