"""Changes of raw that take many files: done whole, also when the process dies in between.

A change is written down first: raw/.change/<name>.json says which finished files get which names
and which files are removed. From then on it will be done, by the next process if need be. Readers
hold a shared lock while they read, so a change waits for them and they wait for it.

The locks are flock: they end with their process, however it ends, and on NFS the server keeps them.
No rename here leads from one folder into another.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from igwatch.base.atomic_file import private_folder, put_in_place, sync, write_whole
from igwatch.base.error import IgwatchError
from transforms.parse.raw.damage import damage_told

PATIENCE_SECONDS = 600
_PAUSE_SECONDS = 0.1


class RawBusyError(IgwatchError):
    """Somebody else reads or changes raw for longer than we wait; one line with the mend."""


@contextmanager
def read_lock(home: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """No file of raw appears or disappears within this block, so no row is read twice or missed.

    May be nested. Raises RawBusyError after `patience` seconds, as all locks of this module do, and
    RawDamagedError where a query within the block fails over a file that is damaged.
    """
    if any(_intents(home)):
        with commit_lock(home, patience):
            pass
    lock = _locked(home / "raw" / ".change" / "raw.lock", fcntl.LOCK_SH, patience)
    with lock, damage_told(home):
        yield


@contextmanager
def commit_lock(home: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Nobody reads raw within this block, and every change that was written down is done."""
    with _locked(home / "raw" / ".change" / "raw.lock", fcntl.LOCK_EX, patience):
        for intent in _intents(home):
            _carry_out_intent(home, intent)
        yield


@contextmanager
def sole_writer(home: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """The only process that moves rows between raw files; it does not hinder readers."""
    with _locked(home / "raw" / ".change" / "writer.lock", fcntl.LOCK_EX, patience):
        yield


@contextmanager
def co_writer(home: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """One of several that read files again at once; nobody moves rows between files meanwhile."""
    with _locked(home / "raw" / ".change" / "writer.lock", fcntl.LOCK_SH, patience):
        yield


@contextmanager
def landing_lock(
    home: Path, facility: str, of_many: bool, patience: float = PATIENCE_SECONDS
) -> Iterator[None]:
    """Files of a facility land one by one in several processes, or many at once in one.

    Whoever lands many must know that none of them lands elsewhere meanwhile: its rows would be in
    two files.
    """
    kind = fcntl.LOCK_EX if of_many else fcntl.LOCK_SH
    with _locked(home / "raw" / ".change" / f"{facility}.landing.lock", kind, patience):
        yield


def carry_out(
    home: Path,
    put: Mapping[Path, Path],
    drop: Collection[Path],
    record: tuple[Path, Mapping[str, object]] | None = None,
) -> None:
    """Give each finished part (value) its name (key), remove `drop`, and write the record."""
    intent = {
        "put": {_below(home, place): _below(home, part) for place, part in put.items()},
        "drop": [_below(home, path) for path in drop],
        "record": record and [_below(home, record[0]), record[1]],
    }
    for part in put.values():
        sync(part)
    with commit_lock(home):
        write_whole(home / "raw" / ".change" / f"{uuid4().hex}.json", json.dumps(intent))
        for path in _intents(home):
            _carry_out_intent(home, path)


def _carry_out_intent(home: Path, path: Path) -> None:
    """Do what a written change says, as far as it is not done yet."""
    intent = json.loads(path.read_text(encoding="utf-8"))
    for place, part in intent["put"].items():
        if (home / part).exists():
            put_in_place(home / part, home / place)
    for removed in intent["drop"]:
        (home / removed).unlink(missing_ok=True)
    if intent["record"]:
        place, content = intent["record"]
        write_whole(home / place, json.dumps(content))
    path.unlink()


def _intents(home: Path) -> list[Path]:
    return sorted((home / "raw" / ".change").glob("*.json"))


def _below(home: Path, path: Path) -> str:
    return path.relative_to(home).as_posix()


@contextmanager
def _locked(path: Path, kind: int, patience: float) -> Iterator[None]:
    """Hold a flock of this kind on the file. Raises RawBusyError after `patience` seconds."""
    private_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + patience
        while not _acquired(descriptor, kind):
            if time.monotonic() > until:
                raise RawBusyError(
                    "another igwatch reads or changes raw (a replay, a verify, a compaction):",
                    "run this again when it is done",
                )
            time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _acquired(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
