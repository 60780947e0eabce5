"""What `igwatch doctor` sees of a machine and a home, and what to mend. It changes nothing."""

from __future__ import annotations

import grp
import os
import platform
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from igwatch.site.clinic_group import clinic_groups, kept_faults
from igwatch.site.home import Home
from igwatch.site.home_mode import FILES, FOLDERS, is_delivery, open_paths
from igwatch.site.mount import Mount, mount_of
from igwatch.site.settings import Settings

BACKUPS = ("*backup*", "*.tar", "*.tar.gz", "*.tgz", "*.zip")
AHEAD_SECONDS = 300
PACKAGES = ("duckdb", "pyarrow", "great-expectations", "openpyxl", "igwatch")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `mend` is None where it is as it should be."""

    about: str
    what: str
    mend: str | None = None


def findings(home: Home) -> list[Finding]:
    """Everything that can be seen of this machine and home, in the order in which it is told."""
    seen = (_versions(), _clock(home), _umask(), _folders(home), _groups(home), _others(home))
    more = (_clinics(home), _deliveries(home), _mounts(home), _disk(home), _backups(home), _alarm())
    return list(chain(*seen, *more))


def _versions() -> Iterator[Finding]:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield Finding("versions", f"Python {platform.python_version()}, {packages}")


def _clock(home: Home) -> Iterator[Finding]:
    """Against the newest thing in the home: a clock that was set back hides new results."""
    newest = max((p.stat().st_mtime for p in home.root.glob("*/") if p.exists()), default=0.0)
    ahead = newest - time.time()
    said = time.strftime("%Y-%m-%d %H:%M:%S %Z")
    mend = "the home was written in this clock's future: set it (chronyc, timedatectl)"
    yield Finding("clock", said, mend if ahead > AHEAD_SECONDS else None)


def _umask() -> Iterator[Finding]:
    umask = os.umask(0o077)
    os.umask(umask)
    mend = "umask 077 in the account that delivers by hand and that writes backups"
    yield Finding("umask", f"{umask:03o}", None if umask & 0o077 == 0o077 else mend)


def _folders(home: Home) -> Iterator[Finding]:
    """Modes that the next command sets, or cannot set."""
    wrong = list(open_paths(home.root)) if home.root.is_dir() else []
    for path, has, wanted in wrong:
        name = path.relative_to(home.root) if path != home.root else "the home"
        mend = f"chmod {wanted:o} {path}; any command of the home's owner does it"
        yield Finding("mode", f"{name} is {has:o}", mend)
    if not wrong:
        yield Finding("mode", "the home is open to nobody but for quality and igwatch.prom")


def _groups(home: Home) -> Iterator[Finding]:
    if not home.root.exists():
        yield Finding("home", f"{home.root} is not there", "igwatch run makes it")
        return
    owner = home.root.stat()
    name, members = _group(owner.st_gid)
    yield Finding("group", f"{name} may read quality; members: {members}")
    if owner.st_uid != os.geteuid():
        who = f"uid {owner.st_uid}"
        mend = f"run igwatch as that user: what it writes as another is not {who}'s"
        yield Finding("owner", f"the home is {who}'s and this is uid {os.geteuid()}", mend)
    elif os.geteuid() == 0:
        yield Finding("owner", "igwatch runs as root", "give the home to a user of its own")


def _group(gid: int) -> tuple[str, str]:
    try:
        found = grp.getgrgid(gid)
    except KeyError:
        return f"group {gid}", "none known here"
    return found.gr_name, ", ".join(found.gr_mem) or "none but who has it as their first"


def _others(home: Home) -> Iterator[Finding]:
    """Things below the home that igwatch knows nothing of, and others may read."""
    known = {Path(name).parts[0] for name in (*FOLDERS, *FILES)} | {"live"}
    for path in _inside(home.root):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.name not in known and not path.is_symlink() and mode & 0o077:
            yield Finding("mode", f"{path.name} is {mode:o}", f"chmod go= {path}, or move it away")


def _clinics(home: Home) -> Iterator[Finding]:
    """Groups of clinics as their feeds name them now, and what the last report could not give."""
    if not home.facility.is_dir() or home.root.stat().st_uid != os.geteuid():
        return
    groups = clinic_groups(home, {path.stem for path in home.facility.glob("*.yaml")})
    for clinic, gid in groups.gids.items():
        yield Finding("clinic", f"{clinic} is open to {_group(gid)[0]}; members: {_group(gid)[1]}")
    for clinic, why in (kept_faults(home) | groups.faults).items():
        yield Finding("clinic", f"clinic_group of {clinic} gives nobody a right", why)


def _alarm() -> Iterator[Finding]:
    """Who is told of an urgent patient whom nobody has seen, where nobody opens the report."""
    if Settings().alarm_command:
        yield Finding("alarm", "alarms go to IGWATCH_ALARM_COMMAND")
    else:
        mend = "set IGWATCH_ALARM_COMMAND: urgent patients and lost feeds are told by it"
        yield Finding("alarm", "alarms stand in the log and nowhere else", mend)


def _deliveries(home: Home) -> Iterator[Finding]:
    """Inboxes of others: theirs to close, and what the home's group may read of them."""
    for folder in _inside(home.inbox):
        if not folder.is_dir() or not (is_delivery(folder, home.root) or os.path.ismount(folder)):
            continue
        mode, gid = stat.S_IMODE(folder.stat().st_mode), folder.stat().st_gid
        is_open = mode & 0o007 or (mode & 0o050 and gid == home.root.stat().st_gid)
        what = f"inbox/{folder.name} is delivered into by another, {mode:o}"
        mend = f"a group of its own: chgrp lab {folder}; chmod 2730 {folder}; or mount options"
        yield Finding("delivery", what, mend if is_open else None)


def _mounts(home: Home) -> Iterator[Finding]:
    """The file systems that hold patients, and whether they are encrypted, as far as one sees."""
    places = [home.root, *(home.root / name for name in FOLDERS), *_inside(home.inbox)]
    seen: dict[str, Mount] = {}
    for place in places:
        if place.exists() and (mount := mount_of(place)):
            seen.setdefault(mount.point, mount)
    for mount in seen.values():
        what = f"{mount.point}: {mount.kind} on {mount.source}, {mount.encryption}"
        mend = "an encrypted volume (docs/security.md)" if mount.is_plain else None
        yield Finding("mount", what, mend)


def _disk(home: Home) -> Iterator[Finding]:
    if home.root.exists():
        usage = shutil.disk_usage(home.root)
        what = f"{usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB free"
        is_low = usage.free < usage.total / 20
        yield Finding("disk", what, "make room: igwatch compact" if is_low else None)


def _backups(home: Home) -> Iterator[Finding]:
    """Archives in and beside the home; who may read one reads everything."""
    beside = chain(*(place.glob(p) for place in (home.root, home.root.parent) for p in BACKUPS))
    found = {path for path in beside if not path.is_symlink()}
    for path in sorted(found):
        mode = stat.S_IMODE(path.stat().st_mode)
        mend = f"chmod go= {path}; write it under umask 077"
        yield Finding("backup", f"{path} is {mode:o}", mend if mode & 0o077 else None)
    if not found:
        yield Finding("backup", "none seen in or beside the home; elsewhere: umask 077")


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
