"""Files that are whole or not there, and that only their owner may read unless said otherwise."""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import uuid4

PRIVATE = 0o600
_STALE_SECONDS = 24 * 3600


def private_folder(path: Path) -> Path:
    """The folder, made with all its parents for the owner alone (0700)."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def make_folder(path: Path, mode: int) -> Path:
    """A folder with exactly this mode, whatever the umask."""
    private_folder(path).chmod(mode)
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
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    return part


def put_in_place(part: Path, path: Path) -> None:
    """Give a written part its name, on disk before it is seen."""
    sync(part)
    rename(part, path)


def write_whole(path: Path, content: bytes, mode: int = PRIVATE) -> Path:
    """Write a file aside with exactly this mode, then give it its name.

    A reader never sees half of it; where writing fails, nothing is left beside it.
    """
    part = part_of(path)
    try:
        part.chmod(mode)
        part.write_bytes(content)
        put_in_place(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path


def sync(path: Path) -> None:
    """Have the disk keep what was written to a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(aside: Path, path: Path) -> None:
    """Give a finished file or folder its name, in place of what had it; kept by the disk."""
    os.replace(aside, path)
    sync(path.parent)
