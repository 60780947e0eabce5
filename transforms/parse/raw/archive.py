"""The delivered bytes, kept for ever under their own SHA-256: archive/<sha[:2]>/<sha>.

Everything else can be built again from them, and the same bytes delivered twice are one file.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from io import FileIO
from pathlib import Path

from igwatch.base.atomic_file import part_of, private_folder, put_in_place, sync_file_system
from igwatch.base.error import IgwatchError

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class ArchivedFile:
    """A delivered file as it was archived: its digest, its size and when it was last written to."""

    sha256: str
    size_bytes: int
    mtime_ns: int


class UnsettledFileError(IgwatchError):
    """A delivered file that was written to while it was read."""


def archive_path(home: Path, sha256: str) -> Path:
    """Where the bytes with this digest lie."""
    return home / "archive" / sha256[:2] / sha256


def archive_file(path: Path, home: Path) -> ArchivedFile:
    """Copy a delivered file into the archive; bytes that are there already are only read.

    Raises UnsettledFileError when its size, its time or the file itself changed meanwhile: nothing
    is archived then.
    """
    known = _read_and_copy(path, home, None)
    if _is_archived(known, home):
        return known
    place = archive_path(home, known.sha256)
    part = part_of(place)
    try:
        archived = _read_and_copy(path, home, part)
        if archived.sha256 != known.sha256:
            raise _unsettled(path)
        put_in_place(part, place)
    finally:
        part.unlink(missing_ok=True)
    return archived


class ArchiveBatch:
    """Small files put into the archive together: the disk is waited for twice, not twice a file."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._part: dict[Path, Path] = {}

    def read(self, path: Path) -> tuple[ArchivedFile, bytes]:
        """What a delivered file holds.

        Raises UnsettledFileError as `archive_file` does, FileNotFoundError when it is gone.
        """
        with path.open("rb", buffering=0) as delivered:
            _refuse_led_away(delivered, path, self._home)
            before = os.fstat(delivered.fileno())
            data = delivered.read()
        after = path.stat()
        if _identity(before) != _identity(after) or len(data) != after.st_size:
            raise _unsettled(path)
        digest = hashlib.sha256(data).hexdigest()
        return ArchivedFile(digest, len(data), after.st_mtime_ns), data

    def add(self, file: ArchivedFile, data: bytes) -> None:
        """Write its bytes aside, unless they are in the archive."""
        place = archive_path(self._home, file.sha256)
        if place not in self._part and not _is_archived(file, self._home):
            self._part[place] = part_of(place)
            self._part[place].write_bytes(data)

    def put_in_place(self) -> None:
        """Give all their names, on disk before they are seen."""
        if self._part:
            folder = private_folder(self._home / "archive")
            sync_file_system(folder)
            for place, part in self._part.items():
                os.replace(part, place)
            sync_file_system(folder)

    def discard(self) -> None:
        """Remove what has no name yet: after an error everything, else nothing."""
        for part in self._part.values():
            part.unlink(missing_ok=True)


def _unsettled(path: Path) -> UnsettledFileError:
    return UnsettledFileError(
        f"{path.name} was written to while it was read", "it is read again with the next landing"
    )


def _is_archived(archived: ArchivedFile, home: Path) -> bool:
    place = archive_path(home, archived.sha256)
    return place.exists() and place.stat().st_size == archived.size_bytes


def _refuse_led_away(opened: FileIO, path: Path, home: Path) -> None:
    """Raises UnsettledFileError where what was opened lies outside its feed's folder: a link was
    put into its way since it was looked at (transforms/parse/inbox.py)."""
    inbox = home / "inbox"
    if path.is_relative_to(inbox):
        try:
            place = Path(os.readlink(f"/proc/self/fd/{opened.fileno()}"))
        except OSError:  # a system that does not say where an open file lies
            return
        if not place.is_relative_to(_true_folder(inbox / path.relative_to(inbox).parts[0])):
            raise _unsettled(path)


@lru_cache(maxsize=1024)
def _true_folder(feed: Path) -> Path:
    return feed.resolve()


def _read_and_copy(path: Path, home: Path, part: Path | None) -> ArchivedFile:
    """What the file holds, written to `part` too where there is one."""
    with path.open("rb", buffering=0) as delivered:
        _refuse_led_away(delivered, path, home)
        before = os.fstat(delivered.fileno())
        with part.open("wb", buffering=0) if part else nullcontext() as copy:
            sha256, n_bytes = _copy_bytes(delivered, copy)
    after = path.stat()
    if _identity(before) != _identity(after) or n_bytes != after.st_size:
        raise _unsettled(path)
    return ArchivedFile(sha256, n_bytes, after.st_mtime_ns)


def _copy_bytes(delivered: FileIO, copy: FileIO | None) -> tuple[str, int]:
    digest, n_bytes = hashlib.sha256(), 0
    while piece := delivered.read(_PIECE_BYTES):
        digest.update(piece)
        n_bytes += copy.write(piece) if copy else len(piece)
    return digest.hexdigest(), n_bytes


def _identity(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
