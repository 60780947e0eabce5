"""What lies in the inbox ready to be landed, and what lies there and never would be."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from transforms.parse.facility.facility import NAMED, is_facility_name
from transforms.parse.facility.facility_file import is_text

SUFFIXES = (".hl7", ".txt", ".csv", ".tsv", ".json", ".ndjson")
_IN_TRANSIT = (".part", ".tmp", ".filepart", ".crdownload")
_READABLE = "give the user that igwatch runs as the right to read it"
_KIND = {
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


@dataclass(frozen=True)
class Arrival:
    """A delivered file that is whole; `size` is in bytes."""

    facility: str
    path: Path
    size: int


@dataclass(frozen=True)
class MisplacedFile:
    """Something in the inbox that will not be landed, and what to do about it.

    `is_held_up`: it lies where results belong and cannot be taken, so that some may be missing;
    else it is nobody's.
    """

    path: Path
    why: str
    is_held_up: bool = False

    @property
    def shown(self) -> str:
        """Its path as text that can be printed, whatever bytes its name is made of."""
        return str(self.path).encode(errors="surrogateescape").decode(errors="backslashreplace")


def arrivals(inbox: Path, settle_seconds: float) -> list[Arrival]:
    """The files below inbox/<facility>/ that are whole, in order of their paths.

    A file changed within `settle_seconds` is looked at again after that time, once for all of
    them, and taken when neither its size nor its time has moved. The rest wait for the next call.
    """
    found = {
        path: _size_and_time(path) for path in _entries(inbox) if _refusal(path, inbox) is None
    }
    now = time.time()
    young = {p for p, stat in found.items() if stat and now - stat[1] / 1e9 < settle_seconds}
    if young:
        time.sleep(settle_seconds)
    unchanged = {path for path in young if _size_and_time(path) == found[path]}
    return [
        Arrival(path.relative_to(inbox).parts[0], path, seen[0])
        for path, seen in sorted(found.items())
        if seen and (path not in young or path in unchanged)
    ]


def misplaced_files(inbox: Path) -> list[MisplacedFile]:
    """Everything in the inbox that `arrivals` never takes, except files still in transit."""
    refused = (_refusal(path, inbox) for path in _entries(inbox))
    return sorted((one for one in refused if one), key=lambda found: str(found.path))


def _entries(inbox: Path) -> Iterator[Path]:
    """Every entry that is neither hidden nor in transit: files and what stands in the place of one,
    folders that cannot be listed, links to folders, which are not followed."""
    closed: list[OSError] = []
    for folder, folders, names in os.walk(inbox, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and not name.lower().endswith(_IN_TRANSIT):
                yield Path(folder, name)
        yield from (path for name in folders if (path := Path(folder, name)).is_symlink())
    yield from (Path(error.filename) for error in closed if error.filename)


def _refusal(path: Path, inbox: Path) -> MisplacedFile | None:
    """Why an entry is never taken; None when it may be, or is gone."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return None
    if why := _no_file(path, mode):
        return MisplacedFile(path, why, is_held_up=_is_of_a_feed(path, mode, inbox))
    if why := _nobodys(path, inbox):
        return MisplacedFile(path, why)
    if why := _unreadable(path, inbox):
        return MisplacedFile(path, why, is_held_up=True)
    return None


def _is_of_a_feed(path: Path, mode: int, inbox: Path) -> bool:
    """Whether what is no file lies in a facility's folder, or stands in the place of one."""
    place = path.relative_to(inbox).parts
    may_be_folder = stat.S_ISLNK(mode) or stat.S_ISDIR(mode)
    return is_facility_name(place[0]) and (len(place) > 1 or may_be_folder)


def _no_file(path: Path, mode: int) -> str | None:
    """Why what stands where a file may be is none."""
    if stat.S_ISLNK(mode):
        if not path.exists():
            return "is a link to nothing: deliver the file itself"
        return "is a link to a folder: mount the folder here instead" if path.is_dir() else None
    if stat.S_ISDIR(mode):
        return f"is a folder that cannot be listed: {_READABLE}"
    if not stat.S_ISREG(mode):
        return f"is a {_KIND[stat.S_IFMT(mode)]} and no file: deliver a file in its place"
    return None


def _nobodys(path: Path, inbox: Path) -> str | None:
    """Why a file is no feed's."""
    place = path.relative_to(inbox).parts
    if len(place) < 2:
        return "lies in the inbox itself: move it into the folder of its facility"
    if not is_facility_name(place[0]):
        return f"its folder cannot be a facility's, {NAMED}: rename the folder"
    if not path.name.lower().removesuffix(".gz").endswith(SUFFIXES):
        return f"is none of {', '.join(SUFFIXES)} (or .gz of these): rename or export it again"
    # who delivers may write a link to what only igwatch can read: another feed's file, raw
    if path.is_symlink() and not path.resolve().is_relative_to((inbox / place[0]).resolve()):
        return "is a link that leads out of its feed's folder: deliver the file itself"
    return None


def _unreadable(path: Path, inbox: Path) -> str | None:
    """Why a file of a feed cannot be read."""
    if not is_text(str(path.relative_to(inbox))):
        return "has a name that is not UTF-8: rename it"
    if not os.access(path, os.R_OK, effective_ids=True):
        return f"cannot be read: {_READABLE}"
    return None


def _size_and_time(path: Path) -> tuple[int, int] | None:
    """Size in bytes and modification time in nanoseconds; None for what is no file, or is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None
