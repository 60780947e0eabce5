"""Files that are whole or not there, and that only their owner may read unless said otherwise."""

from __future__ import annotations

import ctypes
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

PRIVATE = 0o600
STEP_OF_SIZE = 1 << 14
"""Bytes. Who passes a folder is told how large a closed file in it is, to the byte."""
_LIBC = ctypes.CDLL(None, use_errno=True)
_STALE_SECONDS = 24 * 3600
_n_parts: Counter[Path] = Counter()  # that this process began in each folder


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
    _n_parts[folder] += 1
    if _n_parts[folder].bit_count() == 1:  # the first, second, fourth: a list of all for each is n²
        _sweep(folder)
    return _new_part(folder)


def _sweep(folder: Path) -> None:
    for left in folder.glob(".*.part"):
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            left.unlink(missing_ok=True)


def _new_part(folder: Path) -> Path:
    part = folder / f".{uuid4().hex}.part"
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    return part


def put_in_place(part: Path, path: Path) -> None:
    """Give a written part its name, on disk before it is seen."""
    sync(part)
    rename(part, path)


@contextmanager
def whole_file(path: Path, mode: int = PRIVATE) -> Iterator[Path]:
    """A part to write into, with exactly this mode, which gets the name `path` when the block ends.

    A reader never sees half of it; where writing fails, nothing is left beside it.
    """
    part = _new_part(private_folder(path.parent))
    try:
        part.chmod(mode)
        yield part
        put_in_place(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes | str, mode: int = PRIVATE) -> Path:
    """Write a file aside, text as UTF-8, then give it its name."""
    with whole_file(path, mode) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def even_sized(text: str) -> str:
    """JSON with blanks at its end, so that one digit or name more does not show in its size."""
    body = text.rstrip("\n")
    return body + " " * (-(len(body.encode()) + 1) % STEP_OF_SIZE) + "\n"


def sync(path: Path) -> None:
    """Have the disk keep what was written to a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file_system(folder: Path) -> None:
    """Have the disk keep everything that was written below this folder, many files at once."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if _LIBC.syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def rename(aside: Path, path: Path) -> None:
    """Give a finished file or folder its name, in place of what had it; kept by the disk."""
    os.replace(aside, path)
    sync(path.parent)
