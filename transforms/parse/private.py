"""Files and folders that only their owner may read, and names that appear whole or not at all."""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import uuid4

_STALE_SECONDS = 24 * 3600


def private_folder(path: Path) -> Path:
    """The folder, made with all its parents for the owner alone (0700)."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def part_of(path: Path) -> Path:
    """A new empty file (0600) beside `path`, hidden, to be written and then put in its place.

    Parts that a process left behind when it died are swept after a day.
    """
    folder = private_folder(path.parent)
    for left in folder.glob(".*.part"):
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            left.unlink(missing_ok=True)
    part = folder / f".{uuid4().hex}.part"
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return part


def put_in_place(part: Path, path: Path) -> None:
    """Give a written part its name, on disk before it is seen."""
    _to_disk(part)
    os.replace(part, path)
    _to_disk(path.parent)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
