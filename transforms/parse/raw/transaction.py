"""Changes of raw that take many files: done whole, whoever dies in between.

A change is written down first: raw/.change/<name>.json says which finished parts get which names
and which files go. From then on it will be done, by whoever comes next if need be. Readers hold
raw still while they read; a change waits for them and they for it.

flock goes with its process, however that ends, and on NFS is kept by the server. No rename here
leads from one folder into another.
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

from igwatch.base.atomic_file import part_of, private_folder, put_in_place, sync
from igwatch.base.error import IgwatchError

PATIENCE_SECONDS = 600
_PAUSE_SECONDS = 0.1


class RawBusyError(IgwatchError):
    """Somebody else reads or changes raw for longer than we wait; one line with the mend."""


@contextmanager
def read_lock(home: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Raw stands still for this block: no file of it goes or comes twice. May be nested."""
    if any(_intents(home)):
        with commit_lock(home, patience):
            pass
    with _locked(home / "raw" / ".change" / "raw.lock", fcntl.LOCK_SH, patience):
        yield


@contextmanager
def commit_lock(home: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Nobody reads raw for this block, and every change that was written down is done."""
    with _locked(home / "raw" / ".change" / "raw.lock", fcntl.LOCK_EX, patience):
        for intent in _intents(home):
            _do(home, intent)
        yield


@contextmanager
def sole_writer(home: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """One at a time moves rows between files; readers are not in its way."""
    with _locked(home / "raw" / ".change" / "writer.lock", fcntl.LOCK_EX, patience):
        yield


@contextmanager
def co_writer(home: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Nobody moves rows between files for this block; many may read files again at once."""
    with _locked(home / "raw" / ".change" / "writer.lock", fcntl.LOCK_SH, patience):
        yield


def carry_out(
    home: Path,
    put: Mapping[Path, Path],
    drop: Collection[Path],
    record: tuple[Path, Mapping[str, object]] | None = None,
) -> None:
    """Give each finished part (value) its name (key), remove `drop`, and write the record."""
    told = {
        "put": {_below(home, place): _below(home, part) for place, part in put.items()},
        "drop": [_below(home, path) for path in drop],
        "record": record and [_below(home, record[0]), record[1]],
    }
    for part in put.values():
        sync(part)
    with commit_lock(home):
        _write(home / "raw" / ".change" / f"{uuid4().hex}.json", told)
        for intent in _intents(home):
            _do(home, intent)


def _do(home: Path, intent: Path) -> None:
    """What a change says, as far as it is not done yet."""
    told = json.loads(intent.read_text(encoding="utf-8"))
    for place, part in told["put"].items():
        if (home / part).exists():
            put_in_place(home / part, home / place)
    for path in told["drop"]:
        (home / path).unlink(missing_ok=True)
    if told["record"]:
        _write(home / told["record"][0], told["record"][1])
    intent.unlink()


def _intents(home: Path) -> list[Path]:
    return sorted((home / "raw" / ".change").glob("*.json"))


def _write(path: Path, told: Mapping[str, object]) -> None:
    part = part_of(path)
    part.write_text(json.dumps(told), encoding="utf-8")
    put_in_place(part, path)


def _below(home: Path, path: Path) -> str:
    return path.relative_to(home).as_posix()


@contextmanager
def _locked(path: Path, kind: int, patience: float) -> Iterator[None]:
    private_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + patience
        while not _took(descriptor, kind):
            if time.monotonic() > until:
                raise RawBusyError(
                    "another igwatch reads or changes raw (a replay, a verify, a compaction):",
                    "run this again when it is done",
                )
            time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _took(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
