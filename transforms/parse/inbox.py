"""What lies in the inbox ready to be landed, and what lies there and never would be."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from transforms.parse.facility.facility import is_facility_name

SUFFIXES = (".hl7", ".txt", ".csv", ".tsv", ".json", ".ndjson")
_IN_TRANSIT = (".part", ".tmp", ".filepart", ".crdownload")


@dataclass(frozen=True)
class Arrival:
    """A delivered file that is whole; `size` is in bytes."""

    facility: str
    path: Path
    size: int


@dataclass(frozen=True)
class MisplacedFile:
    """Something in the inbox that will not be landed, and what to do about it."""

    path: Path
    why: str


def arrivals(inbox: Path, settle_seconds: float) -> list[Arrival]:
    """The files below inbox/<facility>/ that are whole, in order of their paths.

    A file changed within `settle_seconds` is looked at again after that time, once for all of
    them, and taken when neither its size nor its time has moved. The rest wait for the next call.
    """
    found = {path: _size_and_time(path) for path in _files(inbox) if _refusal(path, inbox) is None}
    now = time.time()
    young = {p for p, stat in found.items() if stat and now - stat[1] / 1e9 < settle_seconds}
    if young:
        time.sleep(settle_seconds)
    unchanged = {path for path in young if _size_and_time(path) == found[path]}
    return [
        Arrival(path.relative_to(inbox).parts[0], path, stat[0])
        for path, stat in sorted(found.items())
        if stat and (path not in young or path in unchanged)
    ]


def misplaced_files(inbox: Path) -> list[MisplacedFile]:
    """Every file of the inbox that `arrivals` never takes, except those still in transit."""
    refused = ((path, _refusal(path, inbox)) for path in _files(inbox))
    return sorted(
        (MisplacedFile(path, why) for path, why in refused if why),
        key=lambda found: str(found.path),
    )


def _files(inbox: Path) -> Iterator[Path]:
    """Every file that is neither hidden nor in transit; links to folders are not followed."""
    for folder, folders, names in os.walk(inbox):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and not name.lower().endswith(_IN_TRANSIT):
                yield Path(folder, name)


def _refusal(path: Path, inbox: Path) -> str | None:
    """Why a file is never taken; None when it may be."""
    place = path.relative_to(inbox).parts
    if len(place) < 2:
        return "lies in the inbox itself: move it into the folder of its facility"
    if not is_facility_name(place[0]):
        return "the facility's folder may hold letters, digits, _ and - only: rename the folder"
    if not path.name.lower().removesuffix(".gz").endswith(SUFFIXES):
        return f"is none of {', '.join(SUFFIXES)} (or .gz of these): rename or export it again"
    if path.is_symlink() and not path.resolve().is_relative_to(inbox.resolve()):
        return "is a link that leads out of the inbox: deliver the file itself"
    return None


def _size_and_time(path: Path) -> tuple[int, int] | None:
    """Size in bytes and modification time in nanoseconds; None for what is no file, or is gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_size, stat.st_mtime_ns) if path.is_file() else None
