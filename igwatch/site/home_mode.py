"""Who may look at what below a home, held whoever made a folder and under whatever umask.

The root and generations let the home's group through to quality.duckdb, the open schema of each
generation and status/igwatch.prom. Everything else is its owner's alone. Inside generations nothing
is opened here, only closed: what a publication leaves open is that publication's to say.

A delivery folder is a facility's inbox that belongs to another user or another group than the
home's: the account that delivers goes on writing into it, and cannot list it (decision 106).
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("igwatch")
CLOSED, PASSAGE, LISTED = 0o700, 0o710, 0o750
PRIVATE, SHARED = 0o600, 0o640
FOLDERS = {
    "inbox": CLOSED,
    "facility": CLOSED,
    "letter": CLOSED,
    "signoff": CLOSED,
    "validation": CLOSED,
    "archive": CLOSED,
    "raw": CLOSED,
    "ledger": CLOSED,
    "work": CLOSED,
    "reports": CLOSED,
    "generations": PASSAGE,
    "status": LISTED,
    "clinic": PASSAGE,
}
FILES = {
    "README.txt": PRIVATE,
    "igwatch.duckdb": PRIVATE,
    "omop.duckdb": PRIVATE,
    "concept.csv": PRIVATE,
    "link.csv": PRIVATE,
    "catalogue.json": PRIVATE,
    "quality.duckdb": SHARED,
    "status/igwatch.prom": SHARED,
    "status/run.json": PRIVATE,
    "status/step": CLOSED,
    "status/exact": CLOSED,
}
OPEN_IN_GENERATION = {"quality": LISTED, "warehouse_quality.duckdb": SHARED}
DROP = stat.S_IWGRP | stat.S_IXGRP


def close_home(root: Path) -> list[Path]:
    """Give what lies below the home its mode; return what could not be given it.

    A file system that knows no modes or is read-only, or a folder of another user, stops nothing:
    the log says so, and `igwatch doctor` what to mend.
    """
    wanted = dict(_wanted(root))
    left = [path for path, mode in wanted.items() if not _has_mode(path, mode)]
    if left:
        names = ", ".join(str(path.relative_to(root)) for path in left[:3])
        log.warning("%d modes of the home cannot be set (%s); see igwatch doctor", len(left), names)
    return left


def open_paths(root: Path) -> Iterator[tuple[Path, int, int]]:
    """(path, mode it has, mode it should have) of what is not as `close_home` leaves it."""
    for path, mode in _wanted(root):
        with suppress(FileNotFoundError):
            has = stat.S_IMODE(path.stat().st_mode)
            if has != mode:
                yield path, has, mode


def is_delivery(folder: Path, root: Path) -> bool:
    """Whether another account delivers into this facility's inbox."""
    found, home = folder.stat(), root.stat()
    return (found.st_uid, found.st_gid) != (home.st_uid, home.st_gid)


def _wanted(root: Path) -> Iterator[tuple[Path, int]]:
    yield root, PASSAGE
    for name, mode in (FOLDERS | FILES).items():
        if name != "inbox" and (root / name).exists():
            yield root / name, _for_others(root / name, mode)
    for path in _inside(root / "generations"):
        yield path, _of(path) & PASSAGE
        for inner in _inside(path):
            closed = CLOSED if inner.is_dir() else PRIVATE
            yield inner, _of(inner) & OPEN_IN_GENERATION.get(inner.name, closed)
    yield from _wanted_clinic(root)
    yield from _wanted_inbox(root)


def _wanted_clinic(root: Path) -> Iterator[tuple[Path, int]]:
    """A clinic's folder is open to its own group, where it has one, and never to the home's."""
    for path in _inside(root / "clinic"):
        is_of_clinic = path.stat().st_gid != root.stat().st_gid
        yield path, _of(path) & (LISTED if is_of_clinic else CLOSED)
        for inner in _inside(path):
            yield inner, _of(inner) & (SHARED if is_of_clinic else PRIVATE)


def _wanted_inbox(root: Path) -> Iterator[tuple[Path, int]]:
    """The inbox lets its group through only where somebody else delivers below it."""
    inbox = root / "inbox"
    feeds = [path for path in _inside(inbox) if path.is_dir() and not os.path.ismount(path)]
    delivered = [path for path in feeds if is_delivery(path, root)]
    is_owner = root.stat().st_uid == os.geteuid()  # who it is not may read by what is closed here
    for path in feeds:
        if path not in delivered:
            yield path, _for_others(path, CLOSED)
        elif is_owner:
            yield path, _delivery_mode(path, root)
    if inbox.exists():
        passage = _of(inbox) & stat.S_IXGRP if delivered else 0
        yield inbox, _for_others(inbox, CLOSED) | passage


def _delivery_mode(folder: Path, root: Path) -> int:
    """A group of its own writes and searches as before, and reads only where it cannot write; the
    home's group gets nothing. Setgid stays."""
    mode = _of(folder)
    group = mode & (DROP if mode & stat.S_IWGRP else stat.S_IRWXG)
    if folder.stat().st_gid == root.stat().st_gid:
        group = 0
    return mode & (stat.S_ISGID | stat.S_IRWXU) | group


def _for_others(path: Path, mode: int) -> int:
    """This mode for group and others; the owner's own rights stay, as those of a closed archive."""
    return mode & ~stat.S_IRWXU | _of(path) & stat.S_IRWXU


def _inside(folder: Path) -> list[Path]:
    """What lies in a folder, without links: what they lead to is closed where it lies."""
    try:
        return [path for path in sorted(folder.iterdir()) if not path.is_symlink()]
    except OSError:  # not there, or a share that hangs: landing tells that by itself
        return []


def _of(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return CLOSED


def _has_mode(path: Path, mode: int) -> bool:
    """Whether it has this mode now."""
    try:
        if stat.S_IMODE(path.stat().st_mode) != mode:
            path.chmod(mode)
        return stat.S_IMODE(path.stat().st_mode) == mode
    except FileNotFoundError:  # moved away by the night that holds the home
        return True
    except OSError:
        return False
