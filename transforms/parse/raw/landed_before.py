"""Delivered files that have landed, recognised by path, size and time without reading a byte.

raw/.landed/<facility>/<digest of the three> holds the digest of the bytes. It only saves time:
where it is missing or damaged, or the rows it points to are gone, the file is read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from igwatch.base.atomic_file import private_folder
from transforms.parse.raw.compaction import landed_sources

_FOLDER = ".landed"
NOTHING_LEFT = "nothing is left"
"""Stands for the digest of a delivered file that was all of persons who were forgotten."""


class LandedBefore:
    """What had landed in this home when it was first asked about a facility."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._sources: dict[str, set[str]] = {}

    def sha256(self, path: Path, facility: str) -> str | None:
        """The SHA-256 of the bytes that landed under this path, size and time, where known."""
        try:
            stat = os.stat(path)
            note = _note(path, self._home, facility, stat.st_size, stat.st_mtime_ns)
            with open(note, encoding="ascii") as file:
                sha256 = file.read()
        except (OSError, UnicodeDecodeError):
            return None
        if facility not in self._sources:
            self._sources[facility] = landed_sources(self._home, facility)
        is_known = sha256 == NOTHING_LEFT or sha256 in self._sources[facility]
        return sha256 if is_known else None


def note_landed(path: Path, home: Path, facility: str, sha256: str, size: int, mtime: int) -> None:
    """Write down the SHA-256 of a delivered file of this size in bytes and time in nanoseconds."""
    note = _note(path, home, facility, size, mtime)
    private_folder(home / "raw" / _FOLDER / facility)
    with open(os.open(note, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.write(sha256)


def note_again(home: Path, facility: str, left: Mapping[str, str | None]) -> None:
    """Whatever was delivered as bytes of these digests is known as what was left of each; None:
    nothing."""
    for note in (home / "raw" / _FOLDER / facility).glob("*"):
        sha256 = note.read_text(encoding="ascii", errors="replace")
        if sha256 in left:
            note.write_text(left[sha256] or NOTHING_LEFT, encoding="ascii")


def _note(path: Path, home: Path, facility: str, size: int, mtime_ns: int) -> str:
    """Where the note lies; as text, since a night asks for every file of the inbox."""
    place = path if path.is_absolute() else path.absolute()
    identity = f"{place}\0{size}\0{mtime_ns}"
    name = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{home}/raw/{_FOLDER}/{facility}/{name}"
